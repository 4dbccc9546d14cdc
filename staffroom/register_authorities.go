package staffroom

import (
	"cmp"
	"context"
	"reflect"
	"slices"
)

// standInPrefix begins the code of an authority of which the register has only given the code of the Department for
// Education: "DFE-919". Register files from before 2018 leave GSS codes out. It is succeeded by the real one as soon as a
// file gives its GSS code.
const standInPrefix = "DFE-"

// SeedAuthorities stores the built-in authorities that are missing, and corrects those that are not as they are built in.
// It is for every start; several processes may do it at once.
func (r *Register) SeedAuthorities(ctx context.Context) error {
	builtIn := BuiltInAuthorities()
	ids := make([]string, len(builtIn))
	for i := range builtIn {
		ids[i] = builtIn[i].ID
	}
	stored, err := r.Store.Authorities.GetMany(ctx, ids)
	if err != nil {
		return err
	}
	var docs []*Authority
	for i := range builtIn {
		want := &builtIn[i]
		if stored[i] != nil {
			want.Meta = stored[i].Meta
		}
		if !reflect.DeepEqual(stored[i], want) {
			docs = append(docs, want)
		}
	}
	return r.putAuthorities(ctx, docs)
}

func (r *Register) putAuthorities(ctx context.Context, docs []*Authority) error {
	if len(docs) == 0 {
		return nil
	}
	failures, err := r.Store.Authorities.PutMany(ctx, docs)
	if err != nil {
		return err
	}
	for _, failure := range failures {
		// Who was faster wrote the same.
		if failure != nil && CodeOf(failure) != CodeConflict {
			return failure
		}
	}
	return nil
}

// authorityBook finds the authority of a row, and records those that are new.
type authorityBook struct {
	*Register
	byCode map[string]*Authority
	// byDfE has the best authority for a code of the Department for Education; see preferred.
	byDfE map[string]*Authority
	// standIns has the stand-ins that nothing has succeeded yet, by the same code.
	standIns map[string]*Authority
}

func (r *Register) authorityBook(ctx context.Context) (*authorityBook, error) {
	book := &authorityBook{
		Register: r,
		byCode:   map[string]*Authority{},
		byDfE:    map[string]*Authority{},
		standIns: map[string]*Authority{},
	}
	for a, err := range r.Store.Authorities.All(ctx) {
		if err != nil {
			return nil, err
		}
		book.enter(a)
	}
	return book, nil
}

func (b *authorityBook) enter(a *Authority) {
	b.byCode[a.Code] = a
	if a.DfECode == "" {
		return
	}
	if a.Code == standInPrefix+a.DfECode && len(a.SuccessorCodes) == 0 {
		b.standIns[a.DfECode] = a
	}
	if known := b.byDfE[a.DfECode]; known == nil || preferred(a, known) > 0 {
		b.byDfE[a.DfECode] = a
	}
}

// preferred orders authorities that share a code of the Department for Education: the living before the ended, then
// the younger, then the higher code, which is younger too.
func preferred(a, b *Authority) int {
	lives := func(a *Authority) int {
		if a.ValidTo == "" {
			return 1
		}
		return 0
	}
	return cmp.Or(
		cmp.Compare(lives(a), lives(b)), cmp.Compare(a.ValidTo, b.ValidTo),
		cmp.Compare(a.ValidFrom, b.ValidFrom), cmp.Compare(a.Code, b.Code))
}

// codeOf is the GSS code of the row's authority: as the row has it, or by the code of the Department for Education, or else
// that of a stand-in.
func (b *authorityBook) codeOf(ctx context.Context, row *EstablishmentRow) (string, error) {
	code, dfe := row.Establishment.AuthorityCode, row.DfECode
	switch {
	case code != "":
		if b.byCode[code] == nil {
			if err := b.record(ctx, Authority{Code: code, DfECode: dfe, Name: row.AuthorityName}); err != nil {
				return "", err
			}
		}
		return code, b.succeed(ctx, dfe, code)
	case dfe == "":
		return "", &RowError{Line: row.Line, Column: "LA (code)", Reason: "the row names no local authority"}
	case b.byDfE[dfe] == nil:
		err := b.record(ctx, Authority{Code: standInPrefix + dfe, DfECode: dfe, Name: row.AuthorityName})
		if err != nil {
			return "", err
		}
	}
	return b.byDfE[dfe].Code, nil
}

// record stores an authority that was not known.
func (b *authorityBook) record(ctx context.Context, a Authority) error {
	if a.Name == "" {
		a.Name = "Local authority " + cmp.Or(a.DfECode, a.Code)
	}
	a.identify()
	if err := b.putAuthorities(ctx, []*Authority{&a}); err != nil {
		return err
	}
	b.enter(&a)
	return nil
}

// succeed ends the stand-in for dfe, if there is one, in favour of the authority with the GSS code.
func (b *authorityBook) succeed(ctx context.Context, dfe, code string) error {
	standIn := b.standIns[dfe]
	if standIn == nil {
		return nil
	}
	ended, err := b.Store.Authorities.Update(ctx, standIn.ID, func(a *Authority) error {
		if slices.Contains(a.SuccessorCodes, code) {
			return ErrUnchanged
		}
		a.SuccessorCodes = []string{code}
		a.ValidTo = b.today()
		return nil
	})
	if err != nil {
		return err
	}
	delete(b.standIns, dfe)
	delete(b.byDfE, dfe)
	b.enter(ended)
	b.enter(b.byCode[code])
	return nil
}
