package sqlite

import (
	"strconv"

	driver "zombiezen.com/go/sqlite"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// fewDocuments is up to how many documents a page is found among by reading and sorting all of them, if an index leads there that does not
// give the order. Coming across 20 of so many takes about as long, where there are a million.
const fewDocuments = 1000

// choose makes the statement for the page that is sooner through: in order, unless that index leads to many documents and another to few.
func (f *finder) choose(reader *conn) (*statement, error) {
	if len(f.plan.Narrow) == 0 {
		return f.page(), nil
	}
	least, err := f.leadsTo(reader)
	if err != nil || least <= fewDocuments {
		return f.page(), err
	}
	var fewest *finder
	for _, plan := range f.plan.Narrow {
		other := f.by(plan)
		rows, err := other.leadsTo(reader)
		if err != nil {
			return nil, err
		}
		if rows < least {
			fewest, least = other, rows
		}
	}
	if fewest == nil {
		return f.page(), nil
	}
	return fewest.sorted(), nil
}

// by is a finder of the same page by another plan.
func (f *finder) by(plan staffroom.Plan) *finder {
	other := *f
	other.source, other.plan = f.from(plan.Index), plan
	return &other
}

// sorted makes the statement for the page that finds all documents and sorts them.
func (f *finder) sorted() *statement {
	out := &statement{}
	f.gathered(out, false)
	return out
}

// leadsTo counts the rows of the index that its conditions lead to: up to fewDocuments, or one more.
func (f *finder) leadsTo(reader *conn) (rows int, err error) {
	count := &statement{}
	count.add("SELECT count(*) FROM (SELECT 1")
	f.tables(count, false)
	f.where(count, f.plan.Prefix, nil)
	count.add(" LIMIT ", strconv.Itoa(fewDocuments+1), ")")
	_, err = reader.first(count.text(), count.args, func(s *driver.Stmt) error {
		rows = s.ColumnInt(0)
		return nil
	})
	return rows, err
}
