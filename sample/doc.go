// Package sample makes the sample network: schools in every borough, their people, what they share and what they discuss,
// for trying Staffroom out and for developing it. All of it is made up. Every school's name ends in "(sample)", every surname
// is a bird, a bat, a tree or a flower, every address on the web ends in .example (RFC 2606), URNs begin with 9, which the
// register does not use, and postcodes are in the area ZZ, which no place has; their district is the number of the borough in
// its GSS code, so that ZZ23 is in Lewisham (E09000023).
//
// The texts are in files beside the code and embedded: schools.csv has the layout of the national register and goes through
// the importer; the others are YAML, and Markdown with YAML in front. They are written through the services, by the people
// who are named in them. What the network holds is the same each time; its days are counted back from today.
package sample
