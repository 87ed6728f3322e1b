package app

import (
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"kept/internal/revenue"
	"kept/internal/testfix"
)

const (
	fightchurnMapping = "../../examples/fightchurn/mapping.yaml"
	fightchurnModel   = "../../examples/fightchurn/model"
)

// cell names one value of the reference.
type cell struct{ account, date, metric string }

// readTable returns the rows of a CSV file, gzipped or not, without the header.
func readTable(t *testing.T, path string) [][]string {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	in := io.Reader(bytes.NewReader(raw))
	if strings.HasSuffix(path, ".gz") {
		if in, err = gzip.NewReader(in); err != nil {
			t.Fatal(err)
		}
	}
	rows, err := csv.NewReader(in).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows[1:]
}

// fightchurnRun does the example's job on a folder and returns its metrics.
func fightchurnRun(t *testing.T, environ map[string]string, dir string, dates []string) map[cell]float64 {
	t.Helper()
	must(t, environ, "import", "--mapping", fightchurnMapping, dir)
	must(t, environ, "apply", fightchurnModel)
	out := must(t, environ, "metrics", "--as-of", strings.Join(dates, ","), "--format", "csv")
	rows, err := csv.NewReader(strings.NewReader(out)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	got := map[cell]float64{}
	for _, r := range rows[1:] {
		v, err := strconv.ParseFloat(r[3], 64)
		if err != nil {
			t.Fatal(err)
		}
		got[cell{r[0], r[1][:10], r[2]}] = v
	}
	return got
}

// sameCells compares the sets of cells, and values as single-precision numbers.
func sameCells(t *testing.T, got, want map[cell]float64) {
	t.Helper()
	wrong := 0
	report := func(format string, args ...any) {
		if wrong++; wrong <= 20 {
			t.Errorf(format, args...)
		}
	}
	for c, w := range want {
		g, ok := got[c]
		switch {
		case !ok:
			report("%v: no value, want %v", c, w)
		case float32(g) != float32(w):
			report("%v: %v, want %v", c, g, w)
		}
	}
	for c, g := range got {
		if _, ok := want[c]; !ok {
			report("%v: %v, want no value", c, g)
		}
	}
	if wrong > 0 {
		t.Errorf("%d of %d cells are wrong", wrong, len(want))
	}
}

func fightchurnMeasures(t *testing.T, environ map[string]string, from, to string) revenue.Measures {
	t.Helper()
	var m revenue.Measures
	if err := json.Unmarshal([]byte(must(t, environ, "measures", "--from", from, "--to", to, "--json")), &m); err != nil {
		t.Fatal(err)
	}
	return m
}

// TestReference reproduces what another program computed from the same files,
// cell by cell.
func TestReference(t *testing.T) {
	dir := testfix.Shared(t, "data", "fightchurn-test")
	names := map[string]string{}
	for _, r := range readTable(t, filepath.Join(dir, "metric_name.csv")) {
		names[r[0]] = r[1]
	}
	want := map[cell]float64{}
	var dates []string
	for _, r := range readTable(t, filepath.Join(dir, "metric.csv.gz")) {
		date := r[1][:10]
		if !slices.Contains(dates, date) {
			dates = append(dates, date)
		}
		if r[2] == "28" { // a defect of the origin
			continue
		}
		v, err := strconv.ParseFloat(r[3], 32)
		if err != nil {
			t.Fatal(err)
		}
		want[cell{r[0], date, names[r[2]]}] = v
	}
	if len(want) != 101_738 || len(dates) != 15 {
		t.Fatalf("the reference has %d cells at %d dates", len(want), len(dates))
	}
	environ := map[string]string{"KEPT_DATA": t.TempDir()}
	sameCells(t, fightchurnRun(t, environ, dir, dates), want)
	if out := must(t, environ, "import", "--mapping", fightchurnMapping, "--json", dir); strings.Contains(out, `"created": 1`) || !strings.Contains(out, `"unchanged": 640312`) {
		t.Errorf("a second import changed something:\n%s", out)
	}

	m := fightchurnMeasures(t, environ, "2020-03-01", "2020-04-01")
	for _, c := range []struct {
		name string
		got  *float64
		want float64
	}{
		{"nrr", m.NRR, 0.9612756264236902},
		{"grr", m.GRR, 0.9612756264236902},
		{"logo_retention", m.LogoRetention, 0.9612756264236902},
	} {
		if c.got == nil || *c.got != c.want {
			t.Errorf("%s = %v, want %v", c.name, c.got, c.want)
		}
	}
	if m.AccountsOpening != 439 || m.AccountsChurned != 17 || m.OpeningMinor != 4390*1200 || m.RetainedMinor != 4220*1200 {
		t.Errorf("measures: %+v", m)
	}
	m = fightchurnMeasures(t, environ, "2020-03-01", "2020-06-01")
	if m.AccountsChurned != 50 || math.Abs(*m.AnnualLogoChurn-0.381053990406949) > 1e-12 || math.Abs(*m.MonthlyLogoChurn-0.0391895218974222) > 1e-12 {
		t.Errorf("scaled churn: %+v", m)
	}
}

// TestFightchurnVariants runs the example on made-up files of the same layout,
// full of what the reference data do not tell apart, against the rules written
// down a second time.
func TestFightchurnVariants(t *testing.T) {
	for seed := range uint64(3) {
		t.Run(strconv.FormatUint(seed, 10), func(t *testing.T) {
			v := newVariant(seed)
			dir := t.TempDir()
			v.write(t, dir, seed%2 == 0)
			environ := map[string]string{"KEPT_DATA": t.TempDir()}
			var dates []string
			for _, d := range v.dates {
				dates = append(dates, d.Format(time.DateOnly))
			}
			want := v.metrics()
			if len(want) < 2000 {
				t.Fatalf("only %d cells: the data are too thin", len(want))
			}
			sameCells(t, fightchurnRun(t, environ, dir, dates), want)
			from, to := v.dates[4], v.dates[4].AddDate(0, 0, 31)
			m := fightchurnMeasures(t, environ, from.Format(time.DateOnly), to.Format(time.DateOnly))
			nrr, grr, opening, churned := v.retention(from, to)
			if m.NRR == nil || math.Abs(*m.NRR-nrr) > 1e-12 || math.Abs(*m.GRR-grr) > 1e-12 || m.AccountsOpening != opening || m.AccountsChurned != churned {
				t.Errorf("measures %+v, want NRR %v, GRR %v, %d of %d churned", m, nrr, grr, churned, opening)
			}
		})
	}
}

type variantSub struct {
	account    int
	start, end time.Time // end zero for none
	cents      int64
}

type variantEvent struct {
	account, kind int
	at            time.Time
}

// variant is a made-up data set.
type variant struct {
	begin    time.Time
	dates    []time.Time // 15, of which the last 11 count for most metrics
	accounts int
	types    []string // by position; the ids in the files are 10 × the position + 3
	subs     []variantSub
	events   []variantEvent
}

func newVariant(seed uint64) *variant {
	r := rand.New(rand.NewPCG(seed, 7)) //nolint:gosec // a test's data
	v := &variant{
		begin: time.Date(2022+int(seed), 10, 3, 0, 0, 0, 0, time.UTC), accounts: 40, //nolint:gosec // small
		types: []string{"reply", "like", "message", "adview", "unfriend", "post", "dislike", "newfriend", "poke"},
	}
	for i := range 15 {
		v.dates = append(v.dates, v.begin.AddDate(0, 0, 32+7*i))
	}
	for a := range v.accounts {
		day := r.IntN(60) - 40
		for day < 170 && r.IntN(12) > 0 {
			s := variantSub{account: a, start: v.begin.AddDate(0, 0, day), cents: int64(100 * (1 + r.IntN(30)))}
			length := []int{1, 7, 28, 30, 31, 31, 60}[r.IntN(7)]
			if r.IntN(12) > 0 {
				s.end = s.start.AddDate(0, 0, length)
			}
			v.subs = append(v.subs, s)
			if r.IntN(15) == 0 {
				v.subs = append(v.subs, s) // the same row again is a second subscription
			}
			if r.IntN(8) == 0 {
				again := s
				again.cents += 500
				again.end = s.start.AddDate(0, 0, 10)
				v.subs = append(v.subs, again)
			}
			// Overlaps, seamless renewals, and gaps on both sides of what is bridged.
			day += length + []int{-5, 0, 0, 0, 1, 30, 31, 32, 33, 45}[r.IntN(10)]
		}
		busy := 1 + r.IntN(3)
		for d := range 180 {
			for k := range v.types {
				if r.IntN(40) >= 3*busy || v.types[k] == "unfriend" && r.IntN(4) > 0 {
					continue
				}
				at := v.begin.AddDate(0, 0, d)
				switch r.IntN(4) {
				case 0: // exactly midnight: the edge of windows
				case 1:
					at = at.Add(24*time.Hour - time.Second)
				default:
					at = at.Add(time.Duration(r.IntN(86400)) * time.Second)
				}
				v.events = append(v.events, variantEvent{a, k, at})
				if r.IntN(50) == 0 {
					v.events = append(v.events, variantEvent{a, k, at})
				}
			}
			if d > 60 && r.IntN(90) == 0 {
				break // falls silent
			}
		}
	}
	return v
}

// write makes the files; some accounts are not in account.csv.
func (v *variant) write(t *testing.T, dir string, zip bool) {
	t.Helper()
	files := map[string]*strings.Builder{}
	line := func(file, format string, args ...any) {
		if files[file] == nil {
			files[file] = &strings.Builder{}
		}
		fmt.Fprintf(files[file], format+"\n", args...)
	}
	line("account.csv", "id,channel,date_of_birth,country")
	line("subscription.csv", "account_id,product,start_date,end_date,mrr,quantity,units,bill_period_months,discount")
	line("event_type.csv", "event_type_id,event_type_name")
	line("event.csv", "account_id,event_time,event_type_id,user_id,event_value")
	line("observation.csv", "account_id,observation_date,is_churn")
	for a := range v.accounts - 2 {
		line("account.csv", "%d,web,,", 1000+a)
	}
	for _, s := range v.subs {
		end := ""
		if !s.end.IsZero() {
			end = s.end.Format(time.DateOnly)
		}
		line("subscription.csv", "%d,Plus plan,%s,%s,%d.%02d,,,1,0", 1000+s.account, s.start.Format(time.DateOnly), end, s.cents/100, s.cents%100)
	}
	for k, name := range v.types {
		line("event_type.csv", "%d,%s", 10*k+3, name)
	}
	for _, e := range v.events {
		line("event.csv", "%d,%s,%d,0,", 1000+e.account, e.at.Format(time.DateTime), 10*e.kind+3)
	}
	for name, text := range files {
		raw := []byte(text.String())
		if name == "event.csv" && zip {
			var b bytes.Buffer
			w := gzip.NewWriter(&b)
			if _, err := w.Write(raw); err != nil {
				t.Fatal(err)
			}
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
			name, raw = name+".gz", b.Bytes()
		}
		if err := os.WriteFile(filepath.Join(dir, name), raw, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func (s *variantSub) inForce(at time.Time) bool {
	return !s.start.After(at) && (s.end.IsZero() || s.end.After(at))
}

// count counts events of a type from lo to hi, both days at 00:00; ends says
// which of the two belongs to it.
func (v *variant) count(account int, name string, lo, hi time.Time, endIncluded bool) float64 {
	n := 0
	for _, e := range v.events {
		if e.account != account || v.types[e.kind] != name {
			continue
		}
		in := !e.at.Before(lo) && e.at.Before(hi)
		if endIncluded {
			in = e.at.After(lo) && !e.at.After(hi)
		}
		if in {
			n++
		}
	}
	return float64(n)
}

// tenure follows the chain of subscriptions back; false when none is in force.
func (v *variant) tenure(account int, d time.Time) (float64, bool) {
	var x time.Time
	for i := range v.subs {
		if s := &v.subs[i]; s.account == account && s.inForce(d) && (x.IsZero() || s.start.Before(x)) {
			x = s.start
		}
	}
	if x.IsZero() {
		return 0, false
	}
	for moved := true; moved; {
		moved = false
		least := x
		for _, s := range v.subs {
			if s.account == account && s.start.Before(x) && !s.end.IsZero() && !s.end.Before(x.AddDate(0, 0, -31)) && s.start.Before(least) {
				least, moved = s.start, true
			}
		}
		x = least
	}
	return d.Sub(x).Hours() / 24, true
}

// metrics computes every cell as the reference's description says.
func (v *variant) metrics() map[cell]float64 {
	out := map[cell]float64{}
	single := func(f float64) float64 { return float64(float32(f)) }
	for a := range v.accounts {
		for i, d := range v.dates {
			put := func(metric string, value float64) {
				out[cell{strconv.Itoa(1000 + a), d.Format(time.DateOnly), metric}] = value
			}
			month := map[string]float64{}
			for _, name := range []string{"like", "newfriend", "post", "adview", "dislike", "unfriend", "message", "reply"} {
				if n := v.count(a, name, d.AddDate(0, 0, -28), d, false); n > 0 {
					month[name] = n
					put(name+"_per_month", n)
				}
			}
			dropped := v.count(a, "unfriend", d.AddDate(0, 0, -84), d, true)
			tenure, active := v.tenure(a, d)
			if active {
				put("account_tenure", tenure)
				if tenure >= 14 && dropped > 0 {
					put("unfriend_28avg_84obs", single(dropped*28/math.Min(84, tenure)))
				}
			}
			if i < 4 {
				continue
			}
			if dropped > 0 {
				put("unfriend_28day_avg_84day_obs", single(dropped*28/84))
			}
			opinions := month["like"] + month["dislike"]
			if opinions > 0 {
				put("total_opinions", opinions)
				put("dislike_percent", single(month["dislike"]/opinions))
			}
			for name, of := range map[string][2]string{
				"adviw_per_post": {"adview", "post"}, "reply_per_message": {"reply", "message"}, "like_per_post": {"like", "post"},
				"post_per_message": {"post", "message"}, "unfriend_per_newfriend": {"unfriend", "newfriend"},
			} {
				if by := month[of[1]]; by > 0 {
					put(name, single(month[of[0]]/by))
				}
			}
			if before := v.count(a, "newfriend", d.AddDate(0, 0, -56), d.AddDate(0, 0, -28), false); before > 0 {
				put("new_friends_pcnt_change", single(single(month["newfriend"]/before)-1))
			}
			last := time.Time{}
			for _, e := range v.events {
				if day := e.at.Truncate(24 * time.Hour); e.account == a && v.types[e.kind] == "newfriend" && !day.After(d) && day.After(last) {
					last = day
				}
			}
			if !last.IsZero() {
				put("days_since_newfriend", d.Sub(last).Hours()/24)
			}
		}
	}
	return out
}

func (v *variant) retention(from, to time.Time) (nrr, grr float64, opening, churned int) {
	var before, retained, kept float64
	for a := range v.accounts {
		var r0, r1 float64
		var was, is bool
		for i := range v.subs {
			s := &v.subs[i]
			if s.account != a {
				continue
			}
			if s.inForce(from) {
				was, r0 = true, r0+float64(s.cents)
			}
			if s.inForce(to) {
				is, r1 = true, r1+float64(s.cents)
			}
		}
		if !was {
			continue
		}
		opening++
		before += r0
		if !is {
			churned++
			continue
		}
		retained += r1
		kept += math.Min(r0, r1)
	}
	return retained / before, kept / before, opening, churned
}
