package evaluate

// ParentOf returns the row of the account above a row; false without one that
// exists at the instant.
func (s *Snapshot) ParentOf(row int) (int, bool) {
	p := s.Rows[row].Account.ParentID
	if p == "" {
		return 0, false
	}
	return s.Find(p)
}

// ChildrenOf returns the rows of the accounts directly below a row.
func (s *Snapshot) ChildrenOf(row int) []int {
	var out []int
	for _, d := range s.book.children()[s.Rows[row].Account.ID] {
		if at, ok := s.Find(d.account.ID); ok {
			out = append(out, at)
		}
	}
	return out
}
