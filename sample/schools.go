package sample

import (
	"bytes"
	"context"
	"fmt"

	"github.com/staffroom-schools/staffroom/gias"
	"github.com/staffroom-schools/staffroom/staffroom"
)

// schools imports the made-up register.
func (f *filling) schools(ctx context.Context) error {
	file, err := texts.ReadFile("schools.csv")
	if err != nil {
		return err
	}
	reader, err := gias.Establishments(bytes.NewReader(file))
	if err != nil {
		return err
	}
	var rejected error
	_, err = f.at(f.day(daysOpen, 0)).Register.ImportEstablishments(ctx, reader.Rows(), staffroom.ImportWatch{
		Rejected: func(row *staffroom.RowError) { rejected = row },
	})
	if err == nil && rejected != nil {
		err = fmt.Errorf("schools.csv: %w", rejected)
	}
	return err
}
