// Package tabular reads rows of named cells from delimited text, JSON lines and
// workbooks, row by row, with the physical line of each, and turns a broken row
// into a reason instead of an end.
package tabular

// Limits that keep a hostile file from taking the machine's memory.
const (
	MaxField   = 1 << 20 // bytes of one cell
	MaxRecord  = 4 << 20 // bytes of one row
	MaxColumns = 4096
)

// Reader hands out the rows of one table. It is not safe for concurrent use.
type Reader interface {
	// Columns returns the column names known so far, in file order. Those of a
	// CSV file are complete from the start; those of JSON lines grow.
	Columns() []string
	// Next returns the next row, or io.EOF after the last. A row that cannot be
	// read comes back with Bad set and the reading goes on; an error means that
	// nothing more can be read.
	Next() (Row, error)
	// Offset returns how many bytes of the file were consumed.
	Offset() int64
	Close() error
}

// Row is one row of a table. Its cells are valid until the next call of Next.
type Row struct {
	// Line is the physical line on which the row starts, from 1.
	Line int
	// Bad says why the row cannot be used; nil for a good row.
	Bad   *Bad
	names *names
	cells []string
}

// Bad is what is wrong with a row.
type Bad struct {
	Column string // empty when the whole row is at fault
	Value  string // the start of the offending text
	Raw    string // the line as it stands, cut at 4 KiB, when it has no cells
	Reason string
}

// Get returns the text of a cell and whether the row has such a column. An
// empty cell is "".
func (r *Row) Get(column string) (string, bool) {
	if r.names == nil {
		return "", false
	}
	i, ok := r.names.index[column]
	if !ok || i >= len(r.cells) {
		return "", ok
	}
	return r.cells[i], true
}

// Cells returns the texts of the row, in the order of the columns; nil for a
// row that cannot be used.
func (r *Row) Cells() []string { return r.cells }

// NewRow returns a row of the columns' cells, for readers of other formats.
func NewRow(line int, header *Header, cells []string) Row {
	return Row{Line: line, names: (*names)(header), cells: cells}
}

// Header is the list of columns that rows share.
type Header names

// NewHeader returns the header of the columns.
func NewHeader(columns []string) *Header {
	n := newNames()
	for _, c := range columns {
		n.add(c)
	}
	return (*Header)(n)
}

type names struct {
	list  []string
	index map[string]int
}

func newNames() *names { return &names{index: map[string]int{}} }

func (n *names) add(name string) int {
	if i, ok := n.index[name]; ok {
		return i
	}
	n.index[name] = len(n.list)
	n.list = append(n.list, name)
	return len(n.list) - 1
}
