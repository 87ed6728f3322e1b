package ingest

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"kept/internal/customer"
	"kept/internal/fault"
	"kept/internal/money"
	"kept/internal/tabular"
)

var sourceName = regexp.MustCompile(`^[a-z][a-z0-9_-]{0,39}$`)

// Parse reads a mapping; file is its name for error places. Every error is
// reported at once, as a fault.List of "file:line:column" places.
func Parse(file string, text []byte) (*Mapping, error) {
	var errs fault.List
	root := readYAML(file, text, &errs)
	if root == nil || len(errs) > 0 {
		return nil, errs.Err()
	}
	p := &mapParser{errs: &errs}
	m := p.mapping(file, root)
	sum := sha256.Sum256(text)
	m.sum = hex.EncodeToString(sum[:16])
	slices.SortStableFunc(errs, func(a, b *fault.Error) int { return comparePlaces(a.Field, b.Field) })
	if more := len(errs) - maxErrors; more > 0 {
		errs = errs[:maxErrors]
		errs.Add("", "and %d more errors: mend these first", more)
	}
	for _, e := range errs {
		if len(e.Msg) > maxMessage {
			e.Msg = strings.ToValidUTF8(e.Msg[:maxMessage], "") + "…"
		}
	}
	if err := errs.Err(); err != nil {
		return nil, err
	}
	return m, nil
}

type mapParser struct {
	errs   *fault.List
	cells  Cells
	cutoff bool
}

func (p *mapParser) mapping(file string, root *node) *Mapping {
	m := &Mapping{file: file, Zone: time.UTC}
	if !p.isMap(root, "the mapping") {
		return m
	}
	p.only(root, "kept", "source", "time_zone", "data_cutoff", "currency", "null", "date_formats", "decimal", "products", "lookups", "files", "checks")
	if v := root.get("kept"); v == nil || v.text != "1" {
		p.errs.Add(placeOf(v, root), "the mapping must say \"kept: 1\", the version of its language")
	}
	m.Source = p.word(root, "source")
	if m.Source != "" && !sourceName.MatchString(m.Source) {
		p.errs.Add(root.get("source").place, "%q is not a source name: use lower-case letters, digits, - and _, such as salesforce", m.Source)
	} else if m.Source == "" {
		p.errs.Add(root.place, "\"source\" is missing: name the system that the files come from, such as salesforce")
	}
	p.cells = Cells{Nulls: map[string]bool{"": true}, Layouts: defaultLayouts, Zone: time.UTC, Decimal: '.', Currency: "USD"}
	p.cells = p.cellRules(root, p.cells)
	m.Zone = p.cells.Zone
	if v := root.get("data_cutoff"); v != nil {
		day, err := time.ParseInLocation("2006-01-02", v.text, m.Zone)
		if err != nil {
			p.errs.Add(v.place, "%q is not a day: write the last day that the data cover as 2006-01-31", v.text)
		}
		m.Cutoff, p.cutoff = day.AddDate(0, 0, 1).UTC(), true
	}
	for _, item := range p.list(root, "products") {
		if p.isMap(item, "a product") {
			p.only(item, "id", "key", "name")
			one := ProductLine{ID: p.must(item, "id"), Key: p.must(item, "key"), Name: p.word(item, "name")}
			if one.Name == "" {
				one.Name = one.Key
			}
			m.Products = append(m.Products, one)
		}
	}
	m.Lookups = p.lookups(root)
	files := p.list(root, "files")
	if len(files) == 0 {
		p.errs.Add(root.place, "\"files\" is missing: list the files that this mapping reads")
	}
	for _, item := range files {
		m.Files = append(m.Files, p.file(item))
	}
	for _, item := range p.list(root, "checks") {
		m.Checks = append(m.Checks, p.check(item, m))
	}
	p.bindLookups(m)
	return m
}

// cellRules reads how cells are written, at the top or for one file.
func (p *mapParser) cellRules(n *node, c Cells) Cells {
	if s := p.word(n, "time_zone"); s != "" {
		zone, err := time.LoadLocation(s)
		if err != nil || s == "Local" {
			p.errs.Add(n.get("time_zone").place, "%q is not a time zone: use a name such as UTC or Europe/Berlin", s)
		} else {
			c.Zone = zone
		}
	}
	if s := p.word(n, "currency"); s != "" {
		currency, err := money.ParseCurrency(n.get("currency").place, s)
		p.errs.Join("", err)
		c.Currency = currency
	}
	if s := p.word(n, "decimal"); s != "" {
		if s != "." && s != "," {
			p.errs.Add(n.get("decimal").place, "%q is not a decimal sign: use \".\" or \",\"", s)
		}
		c.Decimal = s[0]
	}
	if v := n.get("null"); v != nil {
		c.Nulls = map[string]bool{"": true}
		for _, item := range p.list(n, "null") {
			if p.isScalar(item, "a null value") {
				c.Nulls[strings.TrimSpace(item.text)] = true
			}
		}
	}
	if v := n.get("date_formats"); v != nil {
		c.Layouts = nil
		for _, item := range p.list(n, "date_formats") {
			if p.isScalar(item, "a date format") {
				one, err := layout(item.place, item.text)
				p.errs.Join("", err)
				c.Layouts = append(c.Layouts, one)
			}
		}
		if a, b, text, ambiguous := clash(c.Layouts); ambiguous {
			p.errs.Add(v.place, "%s and %s read %s as two different days, and a row does not say which it means: keep one, or give each field its own format", nameOf(a), nameOf(b), text)
		}
		if len(c.Layouts) == 0 {
			p.errs.Add(v.place, "date_formats is empty: list at least one format, such as date")
		}
	}
	return c
}

// fileKeys are the keys that say how a file is read.
var fileKeys = []string{
	"path", "format", "sheet", "encoding", "delimiter", "quotes", "columns", "skip_lines",
	"time_zone", "currency", "decimal", "null", "date_formats",
}

func (p *mapParser) file(n *node) File {
	if !p.isMap(n, "a file") {
		return File{place: n.place}
	}
	p.only(n, append(slices.Clone(fileKeys), "name", "rows")...)
	f := p.layoutOf(n)
	f.Key = p.word(n, "name")
	if f.Key == "" {
		f.Key = strings.TrimSuffix(path.Base(f.Path), path.Ext(f.Path))
	}
	rows := p.list(n, "rows")
	if len(rows) == 0 {
		p.errs.Add(n.place, "\"rows\" is missing: say what a row of the file becomes")
	}
	for _, item := range rows {
		f.Rows = append(f.Rows, p.target(item))
	}
	return f
}

// layoutOf reads which file is meant and how it is written.
func (p *mapParser) layoutOf(n *node) File {
	f := File{place: n.place}
	f.Path = p.must(n, "path")
	if _, err := path.Match(f.Path, "x"); err != nil {
		p.errs.Add(n.get("path").place, "%q is not a pattern: a bracket is not closed", f.Path)
	}
	f.Format = Format(p.word(n, "format"))
	if !slices.Contains([]Format{"", CSV, JSONL, Parquet, XLSX}, f.Format) {
		p.errs.Add(n.get("format").place, "%q is not a format: use csv, jsonl, parquet or xlsx, or leave it out to go by the extension", f.Format)
	}
	f.Sheet = p.word(n, "sheet")
	f.Encoding = p.word(n, "encoding")
	if f.Encoding != "" {
		p.errs.Join("", tabular.CheckEncoding(n.get("encoding").place, f.Encoding))
	}
	f.CSV.Encoding = f.Encoding
	if v := n.get("delimiter"); v != nil {
		switch {
		case v.text == "tab" || v.text == `\t`:
			f.CSV.Delimiter = '\t'
		case len(v.text) == 1 && v.text[0] != '"' && v.text[0] >= ' ' || v.text == "\t":
			f.CSV.Delimiter = v.text[0]
		default:
			p.errs.Add(v.place, "%q is not a delimiter: use one character, or tab", v.text)
		}
	}
	if v := n.get("quotes"); v != nil {
		f.CSV.NoQuotes = v.text == "none"
		if v.text != "none" && v.text != "standard" {
			p.errs.Add(v.place, "%q is not a quoting: use standard or none", v.text)
		}
	}
	for _, item := range p.list(n, "columns") {
		if p.isScalar(item, "a column name") {
			f.CSV.Columns = append(f.CSV.Columns, item.text)
		}
	}
	if v := n.get("skip_lines"); v != nil {
		count, err := strconv.Atoi(v.text)
		if err != nil || count < 0 || count > 1000 {
			p.errs.Add(v.place, "skip_lines is a number from 0 to 1000")
		}
		f.CSV.SkipLines = count
	}
	f.Cells = p.cellRules(n, p.cells)
	return f
}

func (p *mapParser) target(n *node) Target {
	t := Target{place: n.place, Fields: map[string]Expr{}, Duplicates: First}
	if !p.isMap(n, "a target of a row") {
		return t
	}
	t.Kind = Kind(p.must(n, "target"))
	spec, ok := targets[t.Kind]
	if !ok {
		if t.Kind != "" {
			p.errs.Add(n.get("target").place, "%q is not a target: use one of %s", t.Kind, kindNames())
		}
		return t
	}
	for _, e := range n.keys {
		switch {
		case e.key == "target":
		case e.key == "id":
			t.ID = p.columns(e.value)
		case e.key == "when":
			t.When = p.conditions(e.value)
		case e.key == "duplicates":
			t.Duplicates = Duplicates(e.value.text)
			if t.Duplicates != First && (t.Duplicates != Keep || !t.Kind.isEvent() && t.Kind != KindSubscription) {
				p.errs.Add(e.value.place, "duplicates is first, or for events and subscriptions also keep")
			}
		case e.key == spec.attributes && spec.attributes != "":
			t.Attributes = p.named(e.value, t.Kind == KindAccount)
		case e.key == "external" && spec.external:
			t.External = p.named(e.value, false)
		default:
			field, known := spec.fields[e.key]
			if !known {
				p.errs.Add(e.place, "%s has no field %q: it has id, when, duplicates, %s", t.Kind, e.key, spec.names())
				continue
			}
			t.Fields[e.key] = p.expr(e.value, field.dated)
		}
	}
	if spec.needsID && len(t.ID) == 0 {
		p.errs.Add(n.place, "%s needs an \"id\": the column with the source's own identifier, by which the import finds it again", t.Kind)
	}
	for _, name := range sortedKeys(spec.fields) {
		if _, given := t.Fields[name]; spec.fields[name].required && !given {
			p.errs.Add(n.place, "%s needs %q", t.Kind, name)
		}
	}
	_, arr := t.Fields["arr"]
	_, mrr := t.Fields["mrr"]
	if t.Kind == KindSubscription && !arr && !mrr {
		p.errs.Add(n.place, "subscription needs \"arr\" or \"mrr\"")
	}
	_, account := t.Fields["account"]
	_, sub := t.Fields["subscription"]
	_, actor := t.Fields["actor"]
	if t.Kind == KindEvent && !account && !sub && !actor {
		p.errs.Add(n.place, "event needs \"account\", \"subscription\" or \"actor\": whose event it is")
	}
	t.reads = sortedKeys(t.columns())
	return t
}

func (k Kind) isEvent() bool {
	return k == KindEvent || k == KindNPS || k == KindCSAT || k == KindChurn
}

func (p *mapParser) named(n *node, attributes bool) []Named {
	var out []Named
	if !p.isMap(n, "this") {
		return nil
	}
	for _, e := range n.keys {
		if e.key == "" || len(e.key) > 100 {
			p.errs.Add(e.place, "a name has 1 to 100 characters")
		}
		if attributes && (e.key == customer.FactOwner || e.key == customer.FactStage) {
			p.errs.Add(e.place, "%q is no attribute: write it as the field owner or stage of the account", e.key)
		}
		out = append(out, Named{Name: e.key, Expr: p.expr(e.value, attributes)})
	}
	return out
}

func (p *mapParser) expr(n *node, attribute bool) Expr {
	e := Expr{place: n.place, Type: TypeText}
	if n.kind == isScalar {
		e.Column, e.IsCol = n.text, true
		return e
	}
	if !p.isMap(n, "a field (a column name, or column/const with map, type …)") {
		return e
	}
	allowed := []string{"column", "const", "map", "lookup", "else", "default", "times", "type", "format"}
	if attribute {
		allowed = append(allowed, "valid_from")
	}
	p.only(n, allowed...)
	column, constant := n.get("column"), n.get("const")
	switch {
	case (column == nil) == (constant == nil):
		p.errs.Add(n.place, "say either column or const")
	case column != nil:
		e.Column, e.IsCol = p.must(n, "column"), true
	default:
		p.isScalar(constant, "const")
		e.Const = constant.text
	}
	if v := n.get("map"); v != nil && p.isMap(v, "map") {
		e.Map = p.pairs(v)
	}
	if e.Lookup = p.word(n, "lookup"); e.Lookup != "" && e.Map != nil {
		p.errs.Add(n.get("lookup").place, "say either map or lookup")
	}
	if v := n.get("else"); v != nil {
		e.Else, e.HasElse = v.text, p.isScalarOrNull(v, "else")
		if e.Map == nil && e.Lookup == "" {
			p.errs.Add(v.place, "else needs a map or a lookup: it is what a value outside of it becomes")
		}
	}
	e.Default = p.word(n, "default")
	if v := n.get("times"); v != nil {
		f, err := strconv.ParseFloat(v.text, 64)
		if err != nil || f-f != 0 {
			p.errs.Add(v.place, "times is a number")
		}
		e.Times = f
	}
	if s := p.word(n, "type"); s != "" {
		e.Type = ValueType(s)
		if !slices.Contains([]ValueType{TypeText, TypeInt, TypeNumber, TypeMoney, TypeBool, TypeDate}, e.Type) {
			p.errs.Add(n.get("type").place, "%q is not a type: use text, int, number, money, bool or date", s)
		}
	}
	if v := n.get("format"); v != nil {
		e.Layouts = p.dateFormat(v, p.word(n, "format"), e.Column)
	}
	e.ValidFrom = p.word(n, "valid_from")
	if e.ValidFrom == DataCutoff && !p.cutoff {
		p.errs.Add(n.get("valid_from").place, "valid_from: data_cutoff needs a data_cutoff at the top of the mapping")
	}
	return e
}

// undecided parts the formats of a column that a proposal could not tell apart.
const undecided = " or "

// dateFormat reads the format of one field's dates.
func (p *mapParser) dateFormat(v *node, text, column string) []string {
	if a, b, open := strings.Cut(text, undecided); open {
		says := ""
		first, errA := layout(v.place, a)
		second, errB := layout(v.place, strings.Split(b, undecided)[0])
		if errA == nil && errB == nil {
			if _, _, probe, found := clash([]string{first, second}); found {
				one, _ := parseTime(first, probe, time.UTC)
				other, _ := parseTime(second, probe, time.UTC)
				says = fmt.Sprintf("; %s is %s with one and %s with the other", probe, one.Format("2 January 2006"), other.Format("2 January 2006"))
			}
		}
		p.errs.Add(v.place, "the dates of %q can be read as %s%s: keep the format that is right", column, text, says)
		return nil
	}
	one, err := layout(v.place, text)
	p.errs.Join("", err)
	return []string{one}
}

func (p *mapParser) pairs(n *node) map[string]string {
	out := map[string]string{}
	for _, e := range n.keys {
		if p.isScalarOrNull(e.value, "a mapped value") {
			out[e.key] = e.value.text
		}
	}
	return out
}

func (p *mapParser) columns(n *node) []string {
	if n.kind == isScalar {
		return []string{n.text}
	}
	if n.kind != isList || len(n.items) == 0 {
		p.errs.Add(n.place, "id is a column, or a list of columns")
		return nil
	}
	var out []string
	for _, item := range n.items {
		if p.isScalar(item, "a column") {
			out = append(out, item.text)
		}
	}
	return out
}

func (p *mapParser) conditions(n *node) []Condition {
	items := []*node{n}
	if n.kind == isList {
		items = n.items
	}
	var out []Condition
	for _, item := range items {
		if !p.isMap(item, "a condition") {
			continue
		}
		p.only(item, "column", "equals", "not_equals", "in", "empty", "not_empty", "gt", "gte", "lt", "lte")
		c := Condition{Column: p.must(item, "column"), place: item.place}
		for _, e := range item.keys {
			if e.key == "column" {
				continue
			}
			if c.Op != "" {
				p.errs.Add(e.place, "a condition has one comparison: write a list of conditions, all of which must hold")
			}
			c.Op = Op(e.key)
			switch {
			case e.value.kind == isList && c.Op == In:
				for _, v := range e.value.items {
					if p.isScalar(v, "a value") {
						c.Values = append(c.Values, v.text)
					}
				}
			case c.Op == In:
				p.errs.Add(e.value.place, "in needs a list of values")
			case p.isScalar(e.value, "the value of a comparison"):
				c.Values = []string{e.value.text}
			}
			if (c.Op == Empty || c.Op == NotEmpty) && e.value.text != "true" {
				p.errs.Add(e.value.place, "write %s: true", c.Op)
			}
		}
		if c.Op == "" {
			p.errs.Add(item.place, "the condition compares nothing: add equals, not_equals, in, empty, not_empty, gt, gte, lt or lte")
		}
		out = append(out, c)
	}
	return out
}

// comparePlaces orders "file:line:column" places as they stand in the file.
func comparePlaces(a, b string) int {
	x, y := strings.Split(a, ":"), strings.Split(b, ":")
	if len(x) < 3 || len(y) < 3 {
		return 0
	}
	number := func(parts []string, fromEnd int) int {
		n, err := strconv.Atoi(parts[len(parts)-fromEnd])
		if err != nil {
			return 0
		}
		return n
	}
	return cmp.Or(cmp.Compare(number(x, 2), number(y, 2)), cmp.Compare(number(x, 1), number(y, 1)))
}

// The small checks of shape.

func placeOf(n, parent *node) string {
	if n != nil {
		return n.place
	}
	return parent.place
}

func (p *mapParser) isMap(n *node, what string) bool {
	if n.kind != isMap {
		p.errs.Add(n.place, "%s must be a mapping (key: value lines)", what)
	}
	return n.kind == isMap
}

func (p *mapParser) isScalar(n *node, what string) bool {
	if n.kind != isScalar {
		p.errs.Add(n.place, "%s must be a single value", what)
	}
	return n.kind == isScalar
}

func (p *mapParser) isScalarOrNull(n *node, what string) bool {
	return n.kind == isNull || p.isScalar(n, what)
}

func (p *mapParser) only(n *node, keys ...string) {
	for _, e := range n.keys {
		if !slices.Contains(keys, e.key) {
			p.errs.Add(e.place, "%q is not known here: use one of %s", e.key, strings.Join(keys, ", "))
		}
	}
}

func (p *mapParser) word(n *node, key string) string {
	v := n.get(key)
	if v == nil || v.kind == isNull || !p.isScalar(v, fmt.Sprintf("%q", key)) {
		return ""
	}
	return v.text
}

func (p *mapParser) must(n *node, key string) string {
	s := p.word(n, key)
	if s == "" && (n.get(key) == nil || n.get(key).kind != isList && n.get(key).kind != isMap) {
		p.errs.Add(placeOf(n.get(key), n), "%q is missing or empty", key)
	}
	return s
}

func (p *mapParser) list(n *node, key string) []*node {
	v := n.get(key)
	if v == nil {
		return nil
	}
	if v.kind != isList {
		p.errs.Add(v.place, "%q must be a list", key)
	}
	return v.items
}
