package simulate

// What people write: by mood (0 unwell, 1 fair, 2 well) where it depends on it.

// topic is what an interaction is about: a subject and what was said.
type topic struct{ subject, body string }

var (
	onboardingTopics = []topic{
		{"Kick-off", "Defined what success means: month-end closing two days faster, and one source for sales numbers."},
		{"Onboarding check-in", "Went through the rollout plan with {contact}. Single sign-on is done; finance data follows next week."},
		{"Data sources and access", "Access for the pilot group is set. Open: historic data from the old warehouse."},
		{"First dashboards", "{contact} wants the first three dashboards live before the end of the month. We agreed on owners."},
		{"Admin training", "Training for the second wave is booked. The first wave uses it daily, says {contact}."},
		{"Success plan", "Wrote down three goals with dates. {contact} owns the first; the baseline comes from their finance team."},
		{"Migration of old reports", "Forty old reports are on the list; {contact} will cut it to the fifteen that somebody reads."},
	}
	reviewBodies = [3][]string{
		{
			"Usage is down on last quarter and {contact} could not name a result. Agreed on a recovery plan with two named goals.",
			"Sponsor did not show up. {contact} asked openly what the others on the market cost.",
			"They still wait for the permissions fix. Until then the sales team stays on spreadsheets.",
		},
		{
			"Solid quarter. Adoption is even across teams; {contact} asked for a benchmark against last year.",
			"Reviewed goals: one reached, one late because of their ERP project. Next step: train the planners.",
			"Roadmap shown. Interest in scheduled exports; no decision on further products.",
		},
		{
			"Their operations lead showed our numbers to the board. {contact} offers to be a reference.",
			"Goals of the year reached in the third quarter. Two more departments want access.",
			"Very good review: closing takes four days less. They ask what Automate would add.",
		},
	}
	talkTopics = [3][]topic{
		{
			{"Escalation follow-up", "{contact} is unhappy with answers from support and wants one person to talk to."},
			{"Budget talk", "New budget round: every tool needs a case. {contact} asks for hard numbers by Friday."},
			{"Low usage in two teams", "Half of the seats did not log in last month. A new team lead does not know us yet."},
			{"Tried to reach them", "Could not reach {contact} for the third time. Will try the sponsor."},
			{"Renewal worries", "They compare us with the tool of their parent company. {contact} keeps an open mind, procurement does not."},
			{"Missed goals", "The goal of the quarter is missed: the data of one region never arrived. {contact} blames both sides."},
			{"Open tickets", "Went through seven open tickets. Two are older than a month; promised dates by Thursday."},
			{"Seats to be cut", "{contact} was told to cut a third of the seats. Showed who is active; they will think about it."},
		},
		{
			{"Check-in", "Short call. No blockers; {contact} will send two questions on filters."},
			{"Release overview", "Walked through the new release. The export changes are welcome."},
			{"Training needs", "{contact} plans a training for new joiners. Sent the agenda of the last one."},
			{"Renewal timeline", "Talked about the renewal; procurement needs the usual papers two months ahead."},
			{"Metric definitions", "Some confusion about metric definitions between finance and sales. Proposed a workshop."},
			{"Usage review", "Usage is flat. Two teams do most of it; {contact} will ask the others what is missing."},
			{"Feature questions", "Questions on row-level permissions and scheduled exports. All answered but one."},
			{"Change of team lead", "A new team lead starts next month. {contact} will introduce us."},
		},
		{
			{"Expansion", "{contact} wants 20 more seats for the regional offices."},
			{"Best practice exchange", "They built an internal community around our dashboards. Asked for a speaker."},
			{"Beta programme", "Great mood. {contact} joined the beta of the new query editor."},
			{"Rollout to a new team", "The sales team moved its forecast meeting into our tool."},
			{"Reference call", "{contact} talked to a prospect of ours for half an hour. Sent thanks and a cake."},
			{"Check-in", "Nothing open. {contact} showed a board deck made of our charts."},
			{"Automation ideas", "Five hand-made steps of the closing could run by themselves. {contact} will sketch the first."},
		},
	}
	mailTopics = []topic{
		{"Summary of our talk", "Sent the summary of our last talk and the links to the recordings."},
		{"Dates for the next review", "Asked {contact} for dates for the next review."},
		{"Release notes", "Shared the release notes and what they mean for their set-up."},
		{"Permissions and exports", "Answered questions on permissions and exports."},
		{"Open actions", "Reminded them of the open actions."},
		{"Invitation", "Invited {contact} to the user group in spring."},
		{"Security questionnaire", "Returned the security questionnaire that {contact} sent."},
	}
	shockTitles = map[shockKind]string{shockChampion: "Champion leaves", shockMerger: "Merger", shockOutage: "After the outage"}
	shockNotes  = map[shockKind][]string{
		shockChampion: {
			"{champion} is leaving the company. No successor named; need a new champion before the renewal.",
			"Heard from support that {champion} has left. The new boss is said to prefer another tool.",
		},
		shockMerger: {
			"They are being taken over. The other side runs its own platform; a decision on tools is due after the closing.",
			"Merger announced. Our sponsor does not know yet whether the department stays.",
		},
		shockOutage: {
			"The outage hit their month-end. They expect a written explanation and credits.",
			"Apologised for the incident. They took it well, but a second one would be a problem.",
		},
	}
	sentimentReasons = [5][]string{
		{"no access to the sponsor, open talk of leaving", "escalations unanswered, trust is gone"},
		{"usage slipping, no clear value", "champion weak, renewal in doubt"},
		{"steady, little contact", "fine in daily use, no executive interest", "waiting for the next review"},
		{"good contact, goals on track", "active teams, positive review"},
		{"strong advocate, wants more", "reference customer, goals exceeded"},
	}
)
