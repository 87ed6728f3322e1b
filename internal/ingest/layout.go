package ingest

import (
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
			return "", fault.At(place, `%q is not a date format: use a name (date, datetime, datetime_minutes, rfc3339, iso, us_date, eu_date, unix, unix_ms), a pattern such as "%%d.%%m.%%Y", or a Go layout`, s)
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
