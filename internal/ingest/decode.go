package ingest

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"kept/internal/customer"
	"kept/internal/money"
	"kept/internal/tabular"
)

// The years that a date may lie in, those of usage.MinTime and MaxTime: outside
// of them it is a typing error, or means "none" and belongs into the null values.
const firstYear, lastYear = 1970, 2105

// The longest text of an attribute or a body, and of any other field, in bytes.
const (
	maxText  = 64 << 10
	maxShort = 1000
)

// decoder reads the fields of one target from one row. The first thing that
// does not fit stops it: then bad says what, and the rest reads as zero.
type decoder struct {
	target *Target
	row    *tabular.Row
	cells  *Cells
	// lookups are the tables that expressions name.
	lookups map[string]map[string]string
	cutoff  time.Time
	bad     *tabular.Bad
}

func (d *decoder) fail(column, value, format string, args ...any) {
	if d.bad == nil {
		d.bad = &tabular.Bad{Column: column, Value: value, Reason: fmt.Sprintf(format, args...)}
	}
}

// cell returns the trimmed text of a column, with the file's null values as "".
func (d *decoder) cell(column string) string {
	text, _ := d.row.Get(column)
	text = d.cells.clean(text)
	if broken, ok := strings.CutPrefix(text, tabular.CellError); ok {
		d.fail(column, broken, "the cell has %s in place of a value: mend it in the workbook, or add the text to null", broken)
		return ""
	}
	return text
}

func (c *Cells) clean(text string) string {
	text = strings.TrimSpace(text)
	if c.Nulls[strings.TrimPrefix(text, tabular.CellError)] {
		return ""
	}
	return text
}

// eval returns the text of an expression.
func (d *decoder) eval(e *Expr) string {
	text := e.Const
	if e.IsCol {
		text = d.cell(e.Column)
	}
	table, where := e.Map, "map"
	if e.Lookup != "" {
		table, where = d.lookups[e.Lookup], "lookup "+e.Lookup
	}
	if table != nil && (text != "" || table[""] != "") {
		to, ok := table[text]
		switch {
		case ok:
			text = to
		case e.HasElse:
			text = e.Else
		default:
			d.fail(e.Column, text, "the value is not in the mapping's %s: add it, or an else", where)
		}
	}
	if text == "" {
		text = e.Default
	}
	switch {
	case len(text) > maxText:
		d.fail(e.Column, text, "the text is longer than %d bytes", maxText)
		return ""
	case strings.IndexByte(text, 0) >= 0:
		d.fail(e.Column, strings.ReplaceAll(text, "\x00", "␀"), "the text has a NUL character: remove it")
		return ""
	}
	return text
}

// text returns a field's text; "" when the mapping does not have it.
func (d *decoder) text(name string) string {
	e, ok := d.target.Fields[name]
	if !ok || d.bad != nil {
		return ""
	}
	text := d.eval(&e)
	if len(text) > maxShort && name != "body" && name != "value" {
		d.fail(e.Column, text, "%s is longer than %d bytes", name, maxShort)
		return ""
	}
	if text == "" && targets[d.target.Kind].fields[name].required && d.bad == nil {
		d.fail(e.Column, "", "%s is empty, and %s needs it", name, d.target.Kind)
	}
	return text
}

func (d *decoder) column(name string) string { return d.target.Fields[name].Column }

// id returns the external id of the row for this target: one column as it is,
// several joined by a bar.
func (d *decoder) id() string {
	if len(d.target.ID) == 1 {
		text := d.cell(d.target.ID[0])
		if text == "" {
			d.fail(d.target.ID[0], "", "the id is empty: without it the row cannot be found again")
		}
		if len(text) > 500 {
			d.fail(d.target.ID[0], text, "the id is longer than 500 bytes")
		}
		return text
	}
	parts := make([]string, len(d.target.ID))
	for i, column := range d.target.ID {
		parts[i] = strings.ReplaceAll(d.cell(column), "|", "||")
		if len(parts[i]) > 500 {
			d.fail(column, parts[i], "the id is longer than 500 bytes")
		}
	}
	return strings.Join(parts, "|")
}

func (d *decoder) date(name string) time.Time {
	text := d.text(name)
	if text == "" || d.bad != nil {
		return time.Time{}
	}
	if text == DataCutoff && !d.target.Fields[name].IsCol {
		return d.cutoff
	}
	return d.parseDate(d.column(name), text, d.target.Fields[name].Layouts)
}

// parseDate reads a date in the layouts of its field, else in those of its file.
func (d *decoder) parseDate(column, text string, layouts []string) time.Time {
	if layouts == nil {
		layouts = d.cells.Layouts
	}
	if len(text) > 64 {
		d.fail(column, text, "this is not a date")
		return time.Time{}
	}
	for i := range len(layouts) + len(typedLayouts) {
		var l string
		if i < len(layouts) {
			l = layouts[i]
		} else {
			l = typedLayouts[i-len(layouts)]
		}
		t, ok := parseTime(l, text, d.cells.Zone)
		if !ok {
			continue
		}
		if y := t.Year(); y < firstYear || y > lastYear {
			d.fail(column, text, "the year %d cannot be right: dates lie between %d and %d", y, firstYear, lastYear)
			return time.Time{}
		}
		return t.UTC().Truncate(time.Microsecond)
	}
	if could := formatsOf(fits(text, allCandidates)); len(could) > 0 {
		d.fail(column, text, "this is not a date in a declared format; it could be %s: declare the one that is right, as date_formats or as format of the field", strings.Join(could, " or "))
		return time.Time{}
	}
	d.fail(column, text, "this is not a date in any of the declared formats: add its format to date_formats")
	return time.Time{}
}

func parseTime(layout, text string, zone *time.Location) (time.Time, bool) {
	switch layout {
	case "unix", "unix_ms":
		n, err := strconv.ParseFloat(text, 64)
		if layout == "unix" {
			n *= 1000
		}
		if err != nil || math.IsNaN(n) || math.Abs(n) > 8e12 {
			return time.Time{}, false
		}
		return time.UnixMicro(int64(math.Round(n * 1000))), true
	}
	if !couldBe(layout, text) {
		return time.Time{}, false
	}
	t, err := time.ParseInLocation(layout, text, zone)
	return t, err == nil
}

// couldBe tells most texts of another layout apart at a glance: the error that
// the parser makes for each costs more than the parsing.
func couldBe(layout, text string) bool {
	rest, dayFirst := strings.CutPrefix(layout, time.DateOnly)
	switch {
	case !dayFirst:
		return true
	case rest == "":
		return len(text) == len(time.DateOnly)
	}
	return len(text) > len(time.DateOnly) && text[len(time.DateOnly)] == rest[0]
}

func (d *decoder) boolean(name string) bool {
	text := d.text(name)
	if text == "" || d.bad != nil {
		return false
	}
	return d.parseBool(d.column(name), text)
}

func (d *decoder) parseBool(column, text string) bool {
	b, ok := truth(text)
	if !ok {
		d.fail(column, text, "this is not a truth: use true/false, yes/no, t/f, y/n or 1/0, or give the mapping a map")
	}
	return b
}

func truth(text string) (value, ok bool) {
	switch strings.ToLower(text) {
	case "true", "t", "yes", "y", "1", "1.0":
		return true, true
	case "false", "f", "no", "n", "0", "0.0":
		return false, true
	}
	return false, false
}

func (d *decoder) number(name string) *float64 {
	text := d.text(name)
	if text == "" || d.bad != nil {
		return nil
	}
	e := d.target.Fields[name]
	f := d.parseNumber(e.Column, text)
	if e.Times != 0 {
		f *= e.Times
	}
	return &f
}

func (d *decoder) parseNumber(column, text string) float64 {
	clean := text
	if d.cells.Decimal == ',' {
		clean = strings.ReplaceAll(strings.ReplaceAll(clean, ".", ""), ",", ".")
	}
	f, err := strconv.ParseFloat(clean, 64)
	if err != nil || math.IsNaN(f) || math.IsInf(f, 0) || strings.ContainsAny(clean, "xXpP_") {
		d.fail(column, text, "this is not a number: use digits with a decimal point, such as 1234.5")
		return 0
	}
	return f
}

// maxCount bounds whole numbers to what a float64 holds exactly.
const maxCount = 1 << 53

func (d *decoder) integer(name string) int64 {
	p := d.number(name)
	if p == nil {
		return 0
	}
	if *p != math.Trunc(*p) || math.Abs(*p) > maxCount {
		d.fail(d.column(name), d.text(name), "this is not a whole number")
		return 0
	}
	return int64(*p)
}

// amount reads money in the row's currency; ok is false for an empty cell.
func (d *decoder) amount(name string) (a money.Amount, ok bool) {
	text := d.text(name)
	if text == "" || d.bad != nil {
		return money.Amount{}, false
	}
	currency := d.cells.Currency
	if own := d.text("currency"); own != "" {
		c, err := money.ParseCurrency("", own)
		if err != nil {
			d.fail(d.column("currency"), own, "this is not a currency: use a three-letter ISO 4217 code such as USD")
			return money.Amount{}, false
		}
		currency = c
	}
	return d.parseMoney(d.column(name), text, currency), true
}

func (d *decoder) parseMoney(column, text string, currency money.Currency) money.Amount {
	clean := text
	if d.cells.Decimal == ',' {
		clean = strings.ReplaceAll(strings.ReplaceAll(clean, ".", ""), ",", ".")
	}
	a, err := money.Parse("", clean, currency)
	if err != nil {
		d.fail(column, text, "this is not an amount of money: use digits with a decimal point, such as 1234.50")
	}
	return a
}

// value reads an attribute.
func (d *decoder) value(e *Expr) customer.Value {
	text := d.eval(e)
	if text == "" || d.bad != nil {
		return customer.Value{}
	}
	switch e.Type {
	case TypeBool:
		return customer.BoolValue(d.parseBool(e.Column, text))
	case TypeInt, TypeNumber:
		f := d.parseNumber(e.Column, text)
		if e.Times != 0 {
			f *= e.Times
		}
		if e.Type == TypeInt && f != math.Trunc(f) {
			d.fail(e.Column, text, "this is not a whole number")
		}
		return customer.NumberValue(f)
	case TypeMoney:
		return customer.NumberValue(d.parseMoney(e.Column, text, d.cells.Currency).Major())
	case TypeDate:
		return customer.DateValue(d.parseDate(e.Column, text, e.Layouts))
	case TypeText:
	}
	return customer.TextValue(text)
}

func (t ValueType) stored() customer.ValueType {
	switch t {
	case TypeBool:
		return customer.Bool
	case TypeInt, TypeNumber, TypeMoney:
		return customer.Number
	case TypeDate:
		return customer.Date
	case TypeText:
	}
	return customer.Text
}

// properties reads the named expressions of an event.
func (d *decoder) properties() map[string]any {
	if len(d.target.Attributes) == 0 {
		return nil
	}
	out := make(map[string]any, len(d.target.Attributes))
	for i := range d.target.Attributes {
		n := &d.target.Attributes[i]
		switch v := d.value(&n.Expr); v.Type {
		case customer.Text, customer.Date:
			out[n.Name] = v.Text
		case customer.Number:
			out[n.Name] = v.Num
		case customer.Bool:
			out[n.Name] = v.Num != 0
		}
	}
	return out
}

// holds reports whether all conditions hold for a row.
func holds(conditions []Condition, row *tabular.Row, cells *Cells) bool {
	for i := range conditions {
		if !conditions[i].holds(row, cells) {
			return false
		}
	}
	return true
}

func (c *Condition) holds(row *tabular.Row, cells *Cells) bool {
	text, _ := row.Get(c.Column)
	text = cells.clean(text)
	switch c.Op {
	case Empty:
		return text == ""
	case NotEmpty:
		return text != ""
	case In:
		return slices.ContainsFunc(c.Values, func(v string) bool { return alike(text, v) })
	case Equals:
		return alike(text, c.Values[0])
	case NotEquals:
		return !alike(text, c.Values[0])
	case GT, GTE, LT, LTE:
	}
	order := compare(text, c.Values[0])
	larger, smaller := c.Op == GT || c.Op == GTE, c.Op == LT || c.Op == LTE
	orEqual := c.Op == GTE || c.Op == LTE
	return text != "" && (larger && order > 0 || smaller && order < 0 || orEqual && order == 0)
}

// alike compares texts, and truths however they are written.
func alike(a, b string) bool {
	if a == b {
		return true
	}
	x, ok := truth(a)
	y, both := truth(b)
	return ok && both && x == y && isWord(a) == isWord(b)
}

func isWord(s string) bool { return s[0] > '9' }

// compare orders numbers as numbers and anything else, such as dates written
// year first, as text.
func compare(a, b string) int {
	x, errX := strconv.ParseFloat(a, 64)
	y, errY := strconv.ParseFloat(b, 64)
	if errX == nil && errY == nil {
		switch {
		case x < y:
			return -1
		case x > y:
			return 1
		}
		return 0
	}
	return strings.Compare(a, b)
}
