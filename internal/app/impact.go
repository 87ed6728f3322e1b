package app

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"

	"kept/internal/api"
	"kept/internal/fault"
	"kept/internal/money"
)

// shownAccounts is how many accounts that change band are named for a person.
const shownAccounts = 20

// printImpact writes what a model would do to the scores for a person.
func printImpact(w io.Writer, i *api.Impact) error {
	var b strings.Builder
	t := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "\nBand\tAccounts before\tafter\tARR before\tafter\n")
	after := map[string]api.BandSum{}
	for _, s := range i.BandsAfter {
		after[s.Key] = s
	}
	var order []string
	for _, s := range i.BandsBefore {
		order = append(order, s.Key)
		now := after[s.Key]
		fmt.Fprintf(t, "%s\t%d\t%d\t%s\t%s\n", s.Key, s.Accounts, now.Accounts, moneyText(s.ARR), moneyText(now.ARR))
		delete(after, s.Key)
	}
	for _, s := range i.BandsAfter {
		if _, fresh := after[s.Key]; fresh {
			order = append(order, s.Key)
			fmt.Fprintf(t, "%s\t–\t%d\t–\t%s\n", s.Key, s.Accounts, moneyText(s.ARR))
		}
	}
	fmt.Fprintf(t, "\nFrom\tto\tAccounts\tARR\n")
	for _, m := range i.BandMoves {
		fmt.Fprintf(t, "%s\t%s\t%d\t%s\n", m.From, m.To, m.Accounts, moneyText(m.ARR))
	}
	fmt.Fprintf(t, "Sum\t\t%d\t%s\n", i.MovedTotal, moneyText(i.ARRMoved))
	if len(i.Moved) > 0 {
		fmt.Fprintf(t, "\nAccount\tARR\tBand\tScore\n")
	}
	for k := range i.Moved[:min(shownAccounts, len(i.Moved))] {
		m := &i.Moved[k]
		arr := "–"
		if m.Account.ARR != nil {
			arr = moneyText(*m.Account.ARR)
		}
		fmt.Fprintf(t, "%s\t%s\t%s → %s\t%s → %s\n", m.Account.Name, arr, m.From, m.To, scoreOf(m.ScoreBefore), scoreOf(m.ScoreAfter))
	}
	if n := i.MovedTotal - min(shownAccounts, len(i.Moved)); n > 0 {
		fmt.Fprintf(t, "and %d more\t\t\t\n", n)
	}
	writePast(t, i, order)
	if err := t.Flush(); err != nil {
		return fault.Wrap(err, "write the impact")
	}
	_, err := io.WriteString(w, b.String())
	return fault.Wrap(err, "write the impact")
}

// writePast writes accounts by band, week by week, under both models and as
// recorded.
func writePast(w io.Writer, i *api.Impact, order []string) {
	if len(i.History) == 0 {
		return
	}
	fmt.Fprintf(w, "\nWeek\tBand\tAs recorded\tAs recomputed: model in force\tthis model\n")
	for _, p := range i.History {
		day := p.AsOf.Format("2006-01-02")
		keys := slices.Clone(order)
		for _, k := range slices.Sorted(maps.Keys(p.After)) {
			if !slices.Contains(keys, k) {
				keys = append(keys, k)
			}
		}
		for _, k := range keys {
			if p.Before[k] == 0 && p.After[k] == 0 && p.Recorded[k] == 0 {
				continue
			}
			recorded := "–"
			if p.Recorded != nil {
				recorded = strconv.Itoa(p.Recorded[k])
			}
			fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%d\n", day, k, recorded, p.Before[k], p.After[k])
			day = ""
		}
	}
}

func moneyText(a money.Amount) string {
	if a.Currency == "" {
		return "0"
	}
	return fmt.Sprintf("%.0f %s", a.Major(), a.Currency)
}

func scoreOf(f *float64) string {
	if f == nil {
		return "–"
	}
	return plainNumber(*f)
}
