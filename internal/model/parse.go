package model

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"kept/internal/fault"
)

// document is one file: the model with its format version.
type document struct {
	Kept int `json:"kept"`
	Model
}

// Parse reads the files of a model, merges them in the order of their paths and
// checks everything. All errors are returned at once, as a fault.List whose
// fields are "file:line:column".
func Parse(files []File) (*Model, error) {
	m, errs := read(files)
	if len(errs) == 0 {
		_, err := m.Compile()
		errs.Join("", err)
	}
	if err := inOrder(errs); err != nil {
		return nil, err
	}
	return m, nil
}

// ParseStored reads a model that is in force already. Mistakes about units, which
// an earlier version of the program may have let pass and which change no value,
// are returned apart, in the order of their places.
func ParseStored(file File) (c *Compiled, units fault.List, err error) {
	m, errs := read([]File{file})
	if len(errs) == 0 {
		var wrong fault.List
		c, units, wrong = m.compile()
		errs, units = m.locate(wrong), m.locate(units)
	}
	if err := inOrder(errs); err != nil {
		return nil, nil, err
	}
	return c, units, nil
}

// inOrder sorts errors by their places and leaves no more than a person reads.
func inOrder(errs fault.List) error {
	slices.SortStableFunc(errs, func(a, b *fault.Error) int { return comparePlaces(a.Field, b.Field) })
	if len(errs) > maxErrors {
		more := len(errs) - maxErrors
		errs = errs[:maxErrors]
		errs.Add("", "and %d more errors: mend these first", more)
	}
	return errs.Err()
}

// read decodes the files without looking at what the values mean.
func read(files []File) (*Model, fault.List) {
	var errs fault.List
	m := &Model{places: map[string]Place{}}
	if len(files) > MaxFiles {
		errs = append(errs, &fault.Error{Kind: fault.TooLarge, Msg: fmt.Sprintf("the model has %d files: the limit is %d", len(files), MaxFiles)})
		return m, errs
	}
	total := 0
	for _, f := range files {
		total += len(f.Data)
	}
	if total > MaxBytes {
		errs = append(errs, &fault.Error{Kind: fault.TooLarge, Msg: fmt.Sprintf("the files have %d bytes together: the limit is %d", total, MaxBytes)})
		return m, errs
	}
	if len(files) == 0 {
		errs.Add("", "there are no files: a model is one or more YAML files that begin with kept: %d", Format)
		return m, errs
	}
	files = slices.Clone(files)
	slices.SortStableFunc(files, func(a, b File) int { return strings.Compare(a.Path, b.Path) })
	for _, f := range files {
		node := syntax(f, &errs)
		if node == nil {
			if len(errs) == 0 || !strings.HasPrefix(errs[len(errs)-1].Field, f.Path+":") {
				errs.Add(f.Path+":1:1", "the file is empty: begin it with kept: %d", Format)
			}
			continue
		}
		d := &decoder{file: f.Path, errs: &errs, places: m.places}
		d.document(node, m)
	}
	m.duplicates(&errs)
	return m, errs
}

// document decodes one file into the model. It is object with two differences:
// the key "kept" is required, and the lists go on where the last file ended.
func (d *decoder) document(n ast.Node, m *Model) {
	delete(d.places, "kept")
	before := len(*d.errs)
	doc := document{Model: *m}
	switch n.(type) {
	case *ast.MappingNode, *ast.MappingValueNode:
		d.sections(n, &doc)
	default:
		d.fail(n, "a model file is a set of keys (kept, metrics, …), not %s", kindOf(n))
		return
	}
	at, ok := d.places["kept"]
	switch {
	case len(*d.errs) > before:
	case !ok:
		d.fail(n, "the key kept is missing: begin the file with kept: %d, the version of the language", Format)
	case doc.Kept != Format && doc.Kept != 0:
		d.errs.Add(at.String(), "kept is %d: this version of Kept reads %d", doc.Kept, Format)
	case doc.Kept == 0:
		d.errs.Add(at.String(), "kept must be %d, the version of the language", Format)
	}
	*m = doc.Model
}

func (d *decoder) sections(n ast.Node, doc *document) {
	pairs := []*ast.MappingValueNode{}
	switch v := n.(type) {
	case *ast.MappingNode:
		pairs = v.Values
	case *ast.MappingValueNode:
		pairs = append(pairs, v)
	}
	options := append([]string{"kept"}, names(reflect.TypeFor[Model]())...)
	seen := map[string]bool{}
	for _, p := range pairs {
		key := keyText(p.Key)
		switch i, ok := fieldOf(reflect.TypeFor[Model](), key); {
		case seen[key]:
			d.fail(p, "%q stands here twice: remove one", key)
		case empty(p.Value):
			d.fail(p, "%s has no value: give it one, or remove the key", key)
		case key == "kept":
			d.value(p.Value, reflect.ValueOf(&doc.Kept).Elem(), "kept")
		case !ok:
			d.fail(p, "%q is not a key here%s; the keys are %s", key, nearest(key, options), strings.Join(options, ", "))
		default:
			d.value(p.Value, reflect.ValueOf(&doc.Model).Elem().Field(i), key)
		}
		seen[key] = true
	}
}

// duplicates reports names that two entries of a section share, with both places.
func (m *Model) duplicates(errs *fault.List) {
	for _, s := range m.sections() {
		seen := map[string]int{}
		if s.len > MaxObjects {
			errs.Add("", "there are %d %s: the limit is %d", s.len, s.plural, MaxObjects)
		}
		for i := range s.len {
			name := s.name(i)
			if first, dup := seen[name]; dup && name != "" {
				a, b := m.Where(fmt.Sprintf("%s[%d]", s.plural, first)), m.Where(fmt.Sprintf("%s[%d]", s.plural, i))
				errs.Add(b.String(), "the %s %q is defined at %s already: rename or remove one", s.object, name, a)
				continue
			}
			seen[name] = i
		}
	}
}

type section struct {
	object Object
	plural string
	len    int
	name   func(int) string
}

func (m *Model) sections() []section {
	return []section{
		{Attribute, "attributes", len(m.Attributes), func(i int) string { return m.Attributes[i].Key }},
		{Metric, "metrics", len(m.Metrics), func(i int) string { return m.Metrics[i].Name }},
		{Segment, "segments", len(m.Segments), func(i int) string { return m.Segments[i].Key }},
		{Scorecard, "scorecards", len(m.Scorecards), func(i int) string { return m.Scorecards[i].Key }},
	}
}

// Where returns the place in the files of a path such as
// "scorecards[0].groups[1].weight", or of the nearest thing around it that has
// one; the zero Place for a model that was not parsed.
func (m *Model) Where(path string) Place {
	for path != "" {
		if p, ok := m.places[path]; ok {
			return p
		}
		i := strings.LastIndexAny(path, ".[")
		if i < 0 {
			break
		}
		path = path[:i]
	}
	return Place{}
}
