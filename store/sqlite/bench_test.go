package sqlite_test

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/staffroom-schools/staffroom/staffroom"
	"github.com/staffroom-schools/staffroom/store/sqlite"
)

const benchDocs = 20_000

// benchStore is a store with many resources, and their ids.
func benchStore(b *testing.B) (*staffroom.Store, []string) {
	b.Helper()
	store, err := sqlite.Open(b.Context(), filepath.Join(b.TempDir(), "store.sqlite"), sqlite.Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := store.Close(); err != nil {
			b.Error(err)
		}
	})
	docs := make([]*staffroom.Resource, benchDocs)
	ids := make([]string, benchDocs)
	for i := range docs {
		docs[i] = newResource(fmt.Sprintf("title %d", i*7919%benchDocs), "everyone", "members", "school")
		docs[i].Body = fmt.Sprintf("%01500d", i)
		docs[i].Topics = []string{"phonics", "send"}
		docs[i].AuthorIDs = []string{fmt.Sprint(i % 60)}
		docs[i].PublishedAt = staffroom.At(time.Unix(1_700_000_000+int64(i), 0))
		ids[i] = docs[i].ID
	}
	if _, err := store.Resources.PutMany(b.Context(), docs); err != nil {
		b.Fatal(err)
	}
	return store, ids
}

func BenchmarkReads(b *testing.B) {
	store, ids := benchStore(b)
	everyone := staffroom.Query{
		Where: []staffroom.Cond{staffroom.Contains(staffroom.FieldResourceAudience, "everyone")},
		By:    staffroom.FieldResourcePublishedAt, Desc: true, Limit: 20,
	}
	several := everyone
	several.Where = []staffroom.Cond{staffroom.Contains(staffroom.FieldResourceAudience, "everyone", "members", "school")}
	for name, read := range map[string]func(i int) error{
		"Get": func(i int) error {
			_, err := store.Resources.Get(b.Context(), ids[i*7919%benchDocs])
			return err
		},
		"GetMany20": func(i int) error {
			at := i * 7919 % (benchDocs - 20)
			_, err := store.Resources.GetMany(b.Context(), ids[at:at+20])
			return err
		},
		"Page20": func(int) error {
			_, err := store.Resources.Find(b.Context(), everyone)
			return err
		},
		"Page20OfSeveral": func(int) error {
			_, err := store.Resources.Find(b.Context(), several)
			return err
		},
		"Count": func(int) error {
			_, err := store.Resources.Count(b.Context(), everyone.Where...)
			return err
		},
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				if err := read(i); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkInsert(b *testing.B) {
	store, _ := benchStore(b)
	b.ReportAllocs()
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if err := store.Resources.Insert(b.Context(), newResource("one more", "everyone")); err != nil {
				b.Error(err)
			}
		}
	})
}
