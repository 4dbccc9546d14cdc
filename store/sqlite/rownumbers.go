package sqlite

import (
	"encoding/json"
	"strings"

	driver "zombiezen.com/go/sqlite"
)

// A document's row number is taken from the beginning of its id, where that tells when the id was made: so SQLite finds it in one tree instead of two,
// and new documents come last in both. Where another document has the number already, SQLite picks one; and documents that an older version stored have any.
// So whoever goes to a row looks whether the document is there, and asks for it by its id if not.

const (
	// idLength is how many characters of a TypeID follow its prefix: 128 bits, five in each but the first, which has three.
	idLength = 26
	// timed is the version of UUIDs that begin with the time, in the first four bits of character versionAt.
	timed, versionAt = 7, 10
	// timeLength is how many characters of an id tell the time, in milliseconds: 48 bits.
	timeLength = 10
	// firstTimed is below all numbers that come from ids: SQLite does not get there by counting.
	firstTimed = 1 << 48
)

// idCharacters are Crockford's, as TypeIDs are written with.
const idCharacters = "0123456789abcdefghjkmnpqrstvwxyz"

// rowNumber is the row number that the id asks for; 0 if it asks for none.
func rowNumber(id string) int64 {
	from := strings.LastIndexByte(id, '_') + 1
	if len(id)-from != idLength {
		return 0
	}
	var values [timeLength + 4]int64
	for i := range values {
		if values[i] = int64(strings.IndexByte(idCharacters, id[from+i])); values[i] < 0 {
			return 0
		}
	}
	if values[0] > 7 || values[versionAt]>>1 != timed {
		return 0
	}
	n := int64(0)
	for _, value := range values[:timeLength] {
		n = n<<5 | value
	}
	// The version, and eleven bits of those that follow it: where ids are counted within a millisecond, they are the last that change.
	n = n<<15 | timed<<11 | values[11]<<6 | values[12]<<1 | values[13]>>4
	if n < firstTimed {
		return 0
	}
	return n
}

// number is where the document with this id is, if it is anywhere; 0 if that is not known.
func (t *table) number(id string) int64 {
	if n := rowNumber(id); n >= t.numberedFrom {
		return n
	}
	return 0
}

// learnNumbers finds out from which id on documents have the numbers that their ids ask for: an older version has counted them.
func (c *conn) learnNumbers(tables map[string]*table) error {
	for _, t := range tables {
		sql := "SELECT id FROM " + quote(t.schema.Name) + " WHERE n < ? ORDER BY n DESC LIMIT 200" // some may have been stored out of order
		err := c.query(sql, []any{int64(firstTimed)}, func(s *driver.Stmt) error {
			t.numberedFrom = max(t.numberedFrom, rowNumber(s.ColumnText(0))+1)
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// insertNew stores a new document: under its number, or under another one if that is taken.
func (c *conn) insertNew(t *table, id string, version int64, doc []byte) error {
	n := rowNumber(id)
	if n == 0 {
		return c.query(t.insert, []any{nil, id, version, doc}, nil)
	}
	err := c.query(t.insert, []any{n, id, version, doc}, nil)
	if driver.ErrCode(err) == driver.ResultConstraintPrimaryKey {
		return c.query(t.insert, []any{nil, id, version, doc}, nil)
	}
	return err
}

// byNumber reads documents by their row numbers, and gives the ids of those that it did not find so.
func (c *collection[T]) byNumber(reader *conn, ids []string, found func(string, *T), generation int64) (others []string, err error) {
	numbers, asked := make([]int64, 0, len(ids)), make(map[string]bool, len(ids))
	for _, id := range ids {
		if n := c.table.number(id); n != 0 {
			numbers, asked[id] = append(numbers, n), true
		} else {
			others = append(others, id)
		}
	}
	if len(numbers) == 0 {
		return others, nil
	}
	wanted, err := json.Marshal(numbers)
	if err != nil {
		return nil, err
	}
	err = reader.query(c.table.getManyAt, []any{wanted}, func(s *driver.Stmt) error {
		id := s.ColumnText(0)
		if !asked[id] { // another one has the number
			return nil
		}
		delete(asked, id)
		doc, shared, err := c.read(reader, s, 1, generation)
		if err == nil {
			found(id, c.own(doc, shared))
		}
		return err
	})
	for id := range asked {
		others = append(others, id)
	}
	return others, err
}
