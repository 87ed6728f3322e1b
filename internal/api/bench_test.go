package api

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"kept/internal/customer"
	"kept/internal/id"
	"kept/internal/money"
)

// BenchmarkAccountList measures the list and the account page with many
// accounts: KEPT_BENCH_ACCOUNTS says how many (20,000 when absent). It reports
// p50 and p99 of requests that differ in sort, filter and page.
func BenchmarkAccountList(b *testing.B) {
	n := 20_000
	if v, err := strconv.Atoi(os.Getenv("KEPT_BENCH_ACCOUNTS")); err == nil {
		n = v
	}
	s := benchSite(b, n)
	filters := []string{"", "score+%3C+70.0", "arr+%3E+20000.0", "band+%3D%3D+%22red%22"}
	sorts := []string{"-score", "score,name", "-arr", "renewal_at", "name"}
	b.Run("list", func(b *testing.B) {
		s.percentiles(b, func(i int) string {
			return fmt.Sprintf("/accounts?limit=50&sort=%s&filter=%s", sorts[i%len(sorts)], filters[i%len(filters)])
		})
	})
	b.Run("list-never-seen", func(b *testing.B) {
		s.percentiles(b, func(i int) string {
			return fmt.Sprintf("/accounts?limit=50&sort=-score&filter=arr+%%3E+%d.5", 1000+i)
		})
	})
	first := call[AccountPage](s.site, http.MethodGet, "/accounts?limit=500", nil, http.StatusOK)
	b.Run("account", func(b *testing.B) {
		s.percentiles(b, func(i int) string { return "/accounts/" + string(first.Items[i%len(first.Items)].ID) })
	})
	b.Run("portfolio", func(b *testing.B) {
		s.percentiles(b, func(int) string { return "/portfolio" })
	})
	b.Run("grid", func(b *testing.B) {
		s.percentiles(b, func(i int) string { return fmt.Sprintf("/health/grid?limit=50&filter=arr+%%3E+%d.5", 1000+i%5) })
	})
	b.Run("health", func(b *testing.B) {
		s.percentiles(b, func(i int) string { return "/accounts/" + string(first.Items[i%len(first.Items)].ID) + "/health" })
	})
}

type benchmarkSite struct{ *site }

func (s benchmarkSite) percentiles(b *testing.B, path func(i int) string) {
	b.Helper()
	var took []float64
	i := 0
	for b.Loop() {
		start := time.Now()
		w := s.request(http.MethodGet, basePath+path(i), adminToken, nil)
		took = append(took, time.Since(start).Seconds()*1000)
		if w.Code != http.StatusOK {
			b.Fatalf("%s = %d %s", path(i), w.Code, w.Body)
		}
		i++
	}
	slices.Sort(took)
	b.ReportMetric(took[len(took)/2], "p50-ms")
	b.ReportMetric(took[len(took)*99/100], "p99-ms")
}

func benchSite(b *testing.B, n int) benchmarkSite {
	b.Helper()
	s := newSite(b, 0)
	r := rand.New(rand.NewPCG(1, 2))
	product := customer.Product{ID: id.Derive[id.Product]("bench", "p"), Key: "p", Name: "P", CreatedAt: testNow}
	for from := 0; from < n; from += 5000 {
		var accounts []customer.Account
		var subs []customer.Subscription
		for i := from; i < min(from+5000, n); i++ {
			key := strconv.Itoa(i)
			since := testNow.AddDate(0, 0, -30-r.IntN(900))
			a := customer.Account{ID: id.Derive[id.Account]("bench", key), Name: "Company " + key, Domain: "c" + key + ".example", Since: since, CreatedAt: since, UpdatedAt: since}
			accounts = append(accounts, a)
			rev := customer.Revision{ValidFrom: since, KnownAt: since, Start: since, End: testNow.AddDate(0, 0, r.IntN(360)+1), ARR: money.Amount{Minor: int64(100_000 + r.IntN(9_000_000)), Currency: "USD"}, Seats: int64(1 + r.IntN(200))}
			subs = append(subs, customer.Subscription{ID: id.Derive[id.Subscription]("bench", key), AccountID: a.ID, ProductID: product.ID, Current: rev, Revisions: []customer.Revision{rev}})
		}
		err := s.records.InTx(b.Context(), func(tx customer.Tx) error {
			if _, err := tx.PutProducts(b.Context(), []customer.Product{product}); err != nil {
				return err
			}
			if _, err := tx.PutAccounts(b.Context(), accounts); err != nil {
				return err
			}
			_, err := tx.PutSubscriptions(b.Context(), subs)
			return err
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	if _, err := s.server.opt.Engine.Refresh(b.Context()); err != nil {
		b.Fatal(err)
	}
	if _, err := s.server.opt.Engine.At(b.Context(), time.Time{}); err != nil {
		b.Fatal(err)
	}
	return benchmarkSite{s}
}
