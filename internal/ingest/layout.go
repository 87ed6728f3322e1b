package ingest

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"kept/internal/fault"
)

// namedLayouts are the date formats that a mapping can name.
var namedLayouts = map[string]string{
	"date":             "2006-01-02",
	"datetime":         "2006-01-02 15:04:05",
	"datetime_minutes": "2006-01-02 15:04",
	"rfc3339":          time.RFC3339Nano,
	"iso":              "2006-01-02T15:04:05",
	"us_date":          "1/2/2006",
	"eu_date":          "2.1.2006",
	"uk_date":          "2/1/2006",
	"us_datetime":      "1/2/2006 15:04:05",
	"uk_datetime":      "2/1/2006 15:04:05",
	"eu_datetime":      "2.1.2006 15:04:05",
	"unix":             "unix",
	"unix_ms":          "unix_ms",
}

// defaultLayouts are those that read in one way only; all others are declared.
var defaultLayouts = []string{"2006-01-02", "2006-01-02 15:04:05", "2006-01-02 15:04", time.RFC3339Nano, "2006-01-02T15:04:05"}

var strftime = map[byte]string{
	'Y': "2006", 'm': "01", 'd': "02", 'H': "15", 'M': "04", 'S': "05", 'y': "06", 'b': "Jan", 'B': "January",
	'p': "PM", 'I': "03", 'z': "-0700", 'a': "Mon", 'A': "Monday", 'e': "_2", 'j': "002", 'T': "15:04:05", 'F': "2006-01-02", '%': "%",
}

// layout returns the Go layout of a named format, a strftime pattern or a Go layout.
func layout(place, s string) (string, error) {
	if known, ok := namedLayouts[s]; ok {
		return known, nil
	}
	if !strings.Contains(s, "%") {
		probe := time.Date(2031, 11, 23, 17, 48, 59, 0, time.UTC)
		if text := probe.Format(s); text == s {
			return "", fault.At(place, `%q is not a date format: use a name (%s), a pattern such as "%%d.%%m.%%Y", or a Go layout`, s, formatNames())
		}
		return s, nil
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '%' {
			b.WriteByte(s[i])
			continue
		}
		i++
		if i < len(s) && s[i] == '-' {
			i++
			if i < len(s) && (s[i] == 'd' || s[i] == 'm') {
				b.WriteString(map[byte]string{'d': "2", 'm': "1"}[s[i]])
				continue
			}
		}
		if i >= len(s) || strftime[s[i]] == "" {
			return "", fault.At(place, "%q has a %% code that is not known: use %%Y %%m %%d %%H %%M %%S %%b %%B %%p %%I %%z %%y %%e %%-d %%-m", s)
		}
		b.WriteString(strftime[s[i]])
	}
	return b.String(), nil
}

func formatNames() string { return strings.Join(slices.Sorted(maps.Keys(namedLayouts)), ", ") }

// typedLayouts read in one way only and are always understood: typed files and
// workbooks give instants like this.
var typedLayouts = []string{time.RFC3339Nano, "2006-01-02T15:04:05", "2006-01-02"}

// candidates are the formats that are looked for in files, as a mapping would
// name them, the unambiguous ones first.
var candidates = []string{
	"date", "datetime", "datetime_minutes", "rfc3339", "iso", "us_date", "uk_date", "eu_date", "us_datetime", "uk_datetime", "eu_datetime",
	"%Y/%m/%d", "%Y/%m/%d %H:%M:%S", "%-m/%-d/%y", "%-d/%-m/%y", "%-d.%-m.%y", "%-m-%-d-%Y", "%-d-%-m-%Y", "%-d.%-m.%Y %H:%M",
	"%-m/%-d/%Y %H:%M", "%-d/%-m/%Y %H:%M", "%-m/%-d/%Y %I:%M %p", "%-d %b %Y", "%-d-%b-%Y", "%-d-%b-%y", "%b %-d, %Y", "%B %-d, %Y", "%-d %B %Y", "%Y%m%d", "unix", "unix_ms",
}

// plainCandidates is how many of them need no declaration.
const plainCandidates = 5

// candidateLayouts are the layouts of candidates.
var candidateLayouts = func() []string {
	out := make([]string, len(candidates))
	for i, c := range candidates {
		out[i], _ = layout("", c) // the list is tested
	}
	return out
}()

// fits returns which of the candidates, as a set, read a text as a date.
func fits(text string, among uint64) uint64 {
	var out uint64
	for i, l := range candidateLayouts {
		if among&(1<<i) == 0 {
			continue
		}
		t, ok := parseTime(l, text, time.UTC)
		if ok && t.Year() >= firstYear && t.Year() <= lastYear && (l != "unix" && l != "unix_ms" || t.Year() > 1999 && t.Year() < 2040) {
			out |= 1 << i
		}
	}
	return out
}

// formatsOf names a set of candidates.
func formatsOf(set uint64) []string {
	var out []string
	for i, c := range candidates {
		if set&(1<<i) != 0 {
			out = append(out, c)
		}
	}
	return out
}

const allCandidates = 1<<31 - 1

// clash returns a text that two of the layouts read as different instants: with
// both of them declared, each row's date would be a guess.
func clash(layouts []string) (a, b, text string, found bool) {
	for i, a := range layouts {
		for _, b := range layouts[i+1:] {
			for _, pair := range [][2]string{{a, b}, {b, a}} {
				probe := time.Date(2001, 2, 3, 4, 5, 6, 0, time.UTC)
				text := probe.Format(pair[0])
				switch pair[0] {
				case "unix":
					text = strconv.FormatInt(probe.Unix(), 10)
				case "unix_ms":
					text = strconv.FormatInt(probe.UnixMilli(), 10)
				}
				first, ok := parseTime(pair[0], text, time.UTC)
				second, both := parseTime(pair[1], text, time.UTC)
				if ok && both && !first.Equal(second) && second.Year() >= firstYear && second.Year() <= lastYear {
					return a, b, text, true
				}
			}
		}
	}
	return "", "", "", false
}

// nameOf returns how a mapping names a layout.
func nameOf(l string) string {
	for _, name := range slices.Sorted(maps.Keys(namedLayouts)) {
		if namedLayouts[name] == l {
			return name
		}
	}
	return l
}
