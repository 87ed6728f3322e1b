package simulate

// The words that names are composed of. They are chosen to read like companies
// and people and to name none in particular.

var rootHeads = []string{
	"Alder", "Amber", "Arden", "Ash", "Aster", "Bar", "Bel", "Birch", "Bram", "Brook", "Cal", "Cas", "Cedar", "Cor", "Cran", "Dal", "Dun", "Elm",
	"Ever", "Fair", "Fal", "Fen", "Fern", "Gar", "Glen", "Grey", "Hal", "Harrow", "Haven", "Hazel", "Hol", "Iron", "Kel", "Kes", "Kings", "Lang",
	"Lark", "Lin", "Lor", "Mar", "Mer", "Mill", "Mor", "Nor", "Oak", "Orm", "Pem", "Pine", "Quill", "Raven", "Red", "Ros", "Rook", "Sal", "Sander",
	"Sel", "Silver", "Stan", "Sten", "Strat", "Sun", "Tal", "Tarn", "Thorn", "Tor", "Val", "Ver", "Wal", "West", "Whit", "Wil", "Win", "Wren", "Yar",
}

var rootTails = []string{
	"bridge", "brook", "burn", "bury", "by", "combe", "crest", "croft", "dale", "den", "field", "ford", "gate", "grove", "hall", "ham", "haven", "holm",
	"hurst", "lake", "land", "ley", "mark", "mere", "mont", "moor", "mouth", "port", "ridge", "row", "sted", "stone", "ton", "vale", "view", "ward",
	"well", "wick", "wood", "worth",
}

// industry is a branch with the words its companies take into their names.
type industry struct {
	name  string
	words []string
}

var industries = []industry{
	{"Manufacturing", []string{"Industries", "Works", "Components", "Precision", "Castings", "Machinery", "Polymers", "Tooling"}},
	{"Financial services", []string{"Capital", "Mutual", "Bank", "Insurance", "Leasing", "Partners", "Trust"}},
	{"Healthcare", []string{"Health", "Clinics", "Diagnostics", "Medical", "Care", "Therapeutics"}},
	{"Retail", []string{"Stores", "Outfitters", "Markets", "Home", "Goods", "Trading"}},
	{"Logistics", []string{"Logistics", "Freight", "Shipping", "Transport", "Couriers", "Warehousing"}},
	{"Software", []string{"Software", "Systems", "Digital", "Labs", "Technologies", "Data"}},
	{"Energy", []string{"Energy", "Power", "Renewables", "Utilities", "Grid", "Solar"}},
	{"Media", []string{"Media", "Press", "Studios", "Broadcasting", "Publishing"}},
	{"Education", []string{"Learning", "Academy", "Institute", "College", "Education"}},
	{"Construction", []string{"Construction", "Builders", "Engineering", "Civil", "Materials"}},
	{"Hospitality", []string{"Hotels", "Resorts", "Kitchens", "Catering", "Travel"}},
	{"Professional services", []string{"Consulting", "Advisory", "Associates", "Legal", "Group"}},
}

// country is where an account is, with its region and hours before UTC.
type country struct {
	name, region string
	utc          int
	names        int // index into givenNames and familyNames
}

var countries = []country{
	{"United States", "North America", -6, 0},
	{"Canada", "North America", -5, 0},
	{"United Kingdom", "EMEA", 0, 0},
	{"Ireland", "EMEA", 0, 0},
	{"Germany", "EMEA", 1, 1},
	{"Austria", "EMEA", 1, 1},
	{"Switzerland", "EMEA", 1, 1},
	{"Netherlands", "EMEA", 1, 1},
	{"France", "EMEA", 1, 2},
	{"Belgium", "EMEA", 1, 2},
	{"Spain", "EMEA", 1, 3},
	{"Italy", "EMEA", 1, 4},
	{"Sweden", "EMEA", 1, 5},
	{"Norway", "EMEA", 1, 5},
	{"Denmark", "EMEA", 1, 5},
	{"Poland", "EMEA", 1, 6},
	{"Brazil", "LATAM", -3, 3},
	{"Mexico", "LATAM", -6, 3},
	{"India", "APAC", 5, 7},
	{"Singapore", "APAC", 8, 8},
	{"Japan", "APAC", 9, 9},
	{"Australia", "APAC", 10, 0},
	{"United Arab Emirates", "EMEA", 4, 10},
	{"South Africa", "EMEA", 2, 0},
}

var countryWeights = []float64{34, 6, 12, 2, 9, 2, 2, 4, 6, 1.5, 3, 3, 2, 1.5, 1.5, 1.5, 2, 1.5, 3, 2, 2, 4, 1, 1}

var givenNames = [][]string{
	{"Amelia", "James", "Grace", "Daniel", "Olivia", "Marcus", "Hannah", "Ryan", "Chloe", "Nathan", "Megan", "Owen", "Tara", "Caleb", "Priscilla", "Devon", "Lydia", "Simon", "Naomi", "Trevor"},
	{"Anke", "Jonas", "Katrin", "Lukas", "Sabine", "Matthias", "Heike", "Florian", "Birgit", "Tobias", "Ulrike", "Niels", "Silke", "Bastian"},
	{"Camille", "Julien", "Manon", "Antoine", "Sophie", "Mathieu", "Elodie", "Benoit", "Claire", "Guillaume", "Margaux", "Thierry"},
	{"Lucia", "Javier", "Carmen", "Diego", "Marisol", "Andres", "Paula", "Rafael", "Beatriz", "Tiago", "Ines", "Joaquin"},
	{"Giulia", "Marco", "Chiara", "Davide", "Elena", "Lorenzo", "Francesca", "Paolo", "Silvia", "Matteo"},
	{"Astrid", "Erik", "Ingrid", "Lars", "Freja", "Magnus", "Sigrid", "Henrik", "Maja", "Oskar", "Tove", "Anders"},
	{"Agnieszka", "Piotr", "Magdalena", "Tomasz", "Ewa", "Marcin", "Kinga", "Pawel"},
	{"Priya", "Arjun", "Ananya", "Rohan", "Kavya", "Vikram", "Meera", "Sanjay", "Divya", "Nikhil"},
	{"Wei Ling", "Jun Hao", "Mei", "Kai", "Xin Yi", "Zhi", "Hui Min", "Boon"},
	{"Yuki", "Haruto", "Sakura", "Kenji", "Aiko", "Takumi", "Emi", "Daichi"},
	{"Layla", "Omar", "Fatima", "Karim", "Noor", "Samir", "Huda", "Tariq"},
}

var familyNames = [][]string{
	{"Ashworth", "Barlow", "Carver", "Dunmore", "Ellery", "Fielding", "Garrick", "Hale", "Ingram", "Jarvis", "Kendrick", "Lockwood", "Merrill", "Norwood", "Okafor", "Pryor", "Radcliffe", "Sutter", "Thackeray", "Underhill", "Vance", "Whitlock", "Yates", "Mbeki"},
	{"Brandt", "Dietrich", "Ebert", "Falk", "Gerber", "Hartwig", "Jansen", "Krause", "Lindner", "Moser", "Reuter", "Steiner", "Vogt", "de Vries", "Wendt"},
	{"Aubert", "Blanchet", "Chevalier", "Delorme", "Fontaine", "Girard", "Lambert", "Marchand", "Perrin", "Rousseau", "Vasseur"},
	{"Aguilar", "Barros", "Cardoso", "Dominguez", "Espinoza", "Ferreira", "Herrera", "Iglesias", "Moreno", "Pacheco", "Salazar", "Teixeira"},
	{"Bianchi", "Conti", "Esposito", "Ferrara", "Galli", "Lombardi", "Marchetti", "Ricci", "Santoro", "Vitale"},
	{"Andersson", "Berg", "Dahl", "Ekstrom", "Friis", "Hagen", "Holm", "Lindqvist", "Nygaard", "Solberg", "Thorsen"},
	{"Adamczyk", "Borkowski", "Dudek", "Jasinska", "Kaminska", "Lis", "Nowicki", "Sobczak"},
	{"Banerjee", "Chandran", "Desai", "Iyer", "Kapoor", "Menon", "Nair", "Rao", "Sethi", "Verma"},
	{"Chua", "Goh", "Koh", "Lim", "Ng", "Ong", "Seah", "Tan", "Teo"},
	{"Fujita", "Hayashi", "Inoue", "Kimura", "Matsuda", "Nakano", "Okada", "Shimizu", "Ueda"},
	{"Al Amin", "Darwish", "Farouk", "Haddad", "Khalil", "Mansour", "Nasser", "Saleh"},
}

var (
	championTitles = []string{"Head of Business Intelligence", "Director of Operations", "Analytics Lead", "Head of Revenue Operations", "Data Platform Manager", "Director of Data"}
	sponsorTitles  = []string{"Chief Financial Officer", "VP Operations", "Chief Information Officer", "VP Finance", "Chief Operating Officer", "VP Data and Analytics"}
	adminTitles    = []string{"Systems Administrator", "IT Manager", "BI Administrator", "Platform Engineer"}
	userTitles     = []string{"Business Analyst", "Data Analyst", "Operations Analyst", "Controller", "Product Manager", "Marketing Analyst", "Supply Planner", "Sales Operations Manager"}
	billingTitles  = []string{"Accounts Payable", "Procurement Manager", "Purchasing Specialist"}
)

var (
	closureReasons = []string{"company wound up", "acquired; systems consolidated by the new owner", "insolvency"}
	churnReasons   = []string{"low adoption", "budget cut", "moved to another vendor", "missing features", "no clear return", "price"}
	dropReasons    = []string{"product not used", "consolidating tools", "price of the add-on", "built in house"}
	shockReasons   = map[shockKind][]string{
		shockChampion: {"champion left and nobody took over", "new leadership chose another tool"},
		shockMerger:   {"merged; the other side's tool stays", "reorganisation after the merger"},
		shockOutage:   {"reliability after the outage", "lost trust after incidents"},
	}
)

// regionWords qualify a name: with where its business is.
var regionWords = map[string][]string{
	"North America": {"North America", "Americas"},
	"EMEA":          {"Europe", "International"},
	"LATAM":         {"Latin America", "Americas"},
	"APAC":          {"Asia Pacific", "Pacific"},
}
