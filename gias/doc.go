// Package gias reads the files of the national register of schools, Get Information about Schools
// (https://get-information-schools.service.gov.uk): the establishments, and the links between them.
//
// The files are CSV in Windows-1252 (UTF-8 is taken too if it begins with a byte order mark), some 135 columns that come and
// go. They are read as a stream, by the names in the header; memory stays bounded whatever a file holds. A file of another kind
// is refused when it is opened; a bad row is given as a *staffroom.RowError, and the rows after it are read on.
//
// The package ends where the meaning of a row is told in the words of the domain: what happens with it is the affair of
// staffroom.Register.
package gias
