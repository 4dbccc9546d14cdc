package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/staffroom-schools/staffroom/bench/ops"
)

// compared is how many cases of each scenario are asked of everybody before anything is measured.
const compared = 40

// compareAll compares the answers to (a) to (d).
func (b *bench) compareAll(ctx context.Context, all []*running) error {
	for _, op := range []ops.Op{ops.Resource(), ops.Page(), ops.Thread()} {
		if err := compare(ctx, all, op); err != nil {
			return err
		}
	}
	return b.compareSearch(ctx, all)
}

// compare makes sure that all contenders but PocketBase, which speaks another language, give the same bytes.
func compare(ctx context.Context, all []*running, op ops.Op) error {
	for n := range compared {
		var first []byte
		for _, r := range all {
			if r.dialect == ops.PocketBase || !op.Can(r.dialect) {
				continue
			}
			answer, err := r.ask(ctx, op, n)
			if err != nil {
				return err
			}
			if first == nil {
				first = answer
			}
			if !bytes.Equal(first, answer) {
				return fmt.Errorf("%s: case %d: %s answers\n%s\nand %s\n%s", op.Name, n, all[0].name, first, r.name, answer)
			}
		}
		if err := whole(first); first != nil && err != nil {
			return fmt.Errorf("%s: case %d: %w: %.300s", op.Name, n, err, first)
		}
	}
	return nil
}

// whole says whether an answer is one: data without errors, and something in them.
func whole(answer []byte) error {
	var response struct {
		Data   map[string]any `json:"data"`
		Errors []any          `json:"errors"`
	}
	if err := json.Unmarshal(answer, &response); err != nil {
		return err
	}
	for _, value := range response.Data {
		if value != nil && len(response.Errors) == 0 {
			return nil
		}
	}
	return errors.New("this is no answer")
}

// answered is what an answer to (d) says about everything that was found.
type answered struct {
	Data struct {
		Search struct {
			TotalCount int
			Facets     []struct {
				Name   string
				Values []struct {
					Value string
					Count int
				}
			}
			Nodes []struct{ ID string }
		}
	}
}

// Agreement is how the answers to (d) of Staffroom, by Bleve, and of the floor, by FTS5, agree over some questions.
type Agreement struct {
	Questions int
	// Totals is for how many questions both found as many, and Facets for how many they also counted alike.
	Totals, Facets int
	// Off is the largest difference between totals, in percent of the larger one.
	Off float64
	// Shared is how many of the best hits both show, in percent: they rank by different formulas.
	Shared float64
}

// compareSearch makes sure that floor and peers, who search the same words, give the same bytes; and notes how far Staffroom, which
// searches its own index, agrees with them.
func (b *bench) compareSearch(ctx context.Context, all []*running) error {
	op, others := ops.Search(), slices.DeleteFunc(slices.Clone(all), func(r *running) bool { return r.indexes })
	if err := compare(ctx, others, op); err != nil {
		return err
	}
	at := slices.IndexFunc(others, func(r *running) bool { return op.Can(r.dialect) })
	if at < 0 || all[0].name != ours {
		return nil
	}
	agreement := Agreement{Questions: compared}
	for n := range compared {
		mine, err1 := all[0].search(ctx, op, n)
		theirs, err2 := others[at].search(ctx, op, n)
		if err := errors.Join(err1, err2); err != nil {
			return err
		}
		agreement.add(mine, theirs)
	}
	b.out.Agreement = agreement
	b.log.InfoContext(ctx, "Compared searches.", "with", others[at].name, "questions", agreement.Questions, "totals", agreement.Totals,
		"facets", agreement.Facets, "off", agreement.Off, "shared", agreement.Shared)
	if agreement.Totals < compared/2 {
		return fmt.Errorf("search: %s finds as many as %s for %d of %d questions only", all[0].name, others[at].name, agreement.Totals, compared)
	}
	return nil
}

func (r *running) search(ctx context.Context, op ops.Op, n int) (found answered, err error) {
	answer, err := r.ask(ctx, op, n)
	if err != nil {
		return found, err
	}
	return found, errors.Join(whole(answer), json.Unmarshal(answer, &found))
}

// add compares two answers to a question.
func (a *Agreement) add(one, other answered) {
	x, y := one.Data.Search, other.Data.Search
	if x.TotalCount == y.TotalCount {
		a.Totals++
		if fmt.Sprint(x.Facets) == fmt.Sprint(y.Facets) {
			a.Facets++
		}
	}
	if most := max(x.TotalCount, y.TotalCount); most > 0 {
		a.Off = max(a.Off, 100*float64(most-min(x.TotalCount, y.TotalCount))/float64(most))
	}
	both := 0
	for _, node := range x.Nodes {
		if slices.Contains(y.Nodes, node) {
			both++
		}
	}
	share := 100.0
	if most := max(len(x.Nodes), len(y.Nodes)); most > 0 {
		share = 100 * float64(both) / float64(most)
	}
	a.Shared += share / compared
}
