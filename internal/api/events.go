package api

import "net/http"

type eventsInput struct {
	Paged
	Account    string `query:"account" maxLength:"40"`
	Actor      string `query:"actor" maxLength:"300"`
	Name       string `query:"name" maxLength:"200"`
	Product    string `query:"product" maxLength:"64"`
	From       string `query:"from" maxLength:"40" doc:"RFC 3339 or YYYY-MM-DD; counts."`
	To         string `query:"to" maxLength:"40" doc:"RFC 3339 or YYYY-MM-DD; does not count."`
	Attributed string `query:"attributed" enum:"true,false" doc:"false for those whose account nobody knows."`
	AsOfParam
}

func (s *Server) eventRoutes() {
	get(s, endpoint{id: "list-events", method: http.MethodGet, path: "/events", tag: "data", need: canRead, summary: "Events, newest first, with an exact total"}, s.events)
	get(s, endpoint{id: "list-event-names", method: http.MethodGet, path: "/events/names", tag: "data", need: canRead, summary: "Event names with their counts"}, s.eventNames)
}
