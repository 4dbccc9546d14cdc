package sqlite

import (
	"context"
	"errors"
	"time"
)

const (
	sweepEvery    = time.Minute
	sweepTogether = 500
)

// sweep deletes what has expired, now and every minute until the store closes. A failure waits for the next time.
func (db *database) sweep() {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	ticker := time.NewTicker(sweepEvery)
	defer ticker.Stop()
	for {
		if err := db.deleteExpired(ctx); err != nil && !isClosed(db.closing) {
			db.opts.Log.WarnContext(ctx, "expired documents stay for now", "error", err)
		}
		select {
		case <-db.closing:
			return
		case <-ticker.C:
		}
	}
}

func isClosed(closing <-chan struct{}) bool {
	select {
	case <-closing:
		return true
	default:
		return false
	}
}

func (db *database) deleteExpired(ctx context.Context) error {
	for _, t := range db.tables {
		for _, index := range t.schema.Indexes {
			if !index.Expires {
				continue
			}
			e := &expire{table: t, index: index, deleted: sweepTogether}
			for e.deleted == sweepTogether {
				results, err := db.writer.write(ctx, e)
				if err := errors.Join(append(results, err)...); err != nil {
					return err
				}
			}
		}
	}
	return nil
}
