"""What an experienced user cleans before linking synthetic agency exports, as DuckDB expressions.

Letters without marks in names, digits in codes, five-digit zips, words that stand for "not known"
emptied; further columns for blocking and comparing: sound of both names, usual long form of a short
given name, words of a surname.
"""
LETTERS = "regexp_replace(strip_accents(lower({0})),'[^a-z]','','g')"
NAME = ("case when upper(trim({0})) in ('FNU','LNU','UNKNOWN','UNK','DOE','JOHN DOE','JANE DOE','NFN','NLN') then '' else "
        + LETTERS + " end")
CLEANED = {
    "first_name": NAME, "last_name": NAME, "middle": LETTERS, "suffix": LETTERS,
    "ssn4": "regexp_replace({0},'[^0-9]','','g')",
    "phone": "right(regexp_replace({0},'[^0-9]','','g'),10)",
    "zip": "substr(trim({0}),1,5)",
    "address": "case when upper(trim({0})) in ('TRANSIENT','HOMELESS','UNKNOWN','NONE','GENERAL DELIVERY') then '' else "
               "trim(regexp_replace(lower({0}),'[^a-z0-9]+',' ','g')) end",
    "city": "case when upper(trim({0})) in ('SF','S F','SAN FRAN') then 'san francisco' else trim(lower({0})) end",
}
PLAIN = "trim(lower({0}))"
SURNAME_WORDS = "list_filter(string_split_regex(strip_accents(lower(last_name)), '[^a-z]+'), lambda x: length(x) > 2)"

# usual English and Spanish short forms, written down for this benchmark; "" or no entry: as it is
LONG_FORMS = {
    "abigail": "abby", "albert": "al bert", "alejandro": "alex ale", "alexander": "alex sasha xander", "alfred": "al fred",
    "alexandra": "sandra alexa", "andrew": "andy drew", "anthony": "tony", "antonio": "tono", "arthur": "art",
    "barbara": "barb", "benjamin": "ben benny", "brandon": "bran", "bradley": "brad", "catherine": "cathy kate katie cat",
    "charles": "charlie chuck chas", "christina": "tina chris", "christine": "chrissy", "christopher": "chris topher",
    "cynthia": "cindy", "daniel": "dan danny", "david": "dave davey", "deborah": "deb debbie", "dennis": "denny",
    "donald": "don donnie", "dorothy": "dot dottie", "douglas": "doug", "edward": "ed eddie ted", "eduardo": "lalo",
    "elizabeth": "liz beth betty lizzie eliza", "enrique": "kike", "ernest": "ernie", "eugene": "gene", "frances": "fran",
    "francisco": "paco pancho", "franklin": "frank", "frederick": "fred freddy", "gabriel": "gabe", "gerald": "jerry",
    "gregory": "greg", "guadalupe": "lupe", "guillermo": "memo", "harold": "hal", "henry": "hank harry",
    "ignacio": "nacho", "isabel": "isa", "jacob": "jake", "jacqueline": "jackie", "james": "jim jimmy jamie",
    "jeffrey": "jeff", "jennifer": "jen jenny", "jesus": "chuy", "jessica": "jess jessie", "john": "jack johnny",
    "jonathan": "jon", "jose": "pepe", "joseph": "joe joey", "joshua": "josh", "judith": "judy", "katherine": "kathy kat",
    "kathleen": "kath", "kenneth": "ken kenny", "kimberly": "kim", "lawrence": "larry", "leonard": "leo lenny",
    "luis": "lucho", "manuel": "manny", "margaret": "maggie peggy meg", "matthew": "matt", "melissa": "missy",
    "michael": "mike mick mickey mikey", "mikhail": "misha", "miguel": "mike", "mohammed": "mo", "nancy": "nan",
    "nathaniel": "nate nat", "nathan": "nate", "nicholas": "nick nicky", "pamela": "pam", "patricia": "pat patty trish",
    "patrick": "pat paddy", "peter": "pete", "philip": "phil", "phillip": "phil", "rachel": "rach", "rafael": "rafa",
    "raymond": "ray", "rebecca": "becky", "ricardo": "rick", "richard": "rick rich dick ricky richie",
    "robert": "bob rob bobby robbie bert", "roberto": "beto", "ronald": "ron ronnie", "rosa": "rosie", "russell": "russ",
    "samantha": "sam", "samuel": "sam sammy", "sandra": "sandy", "stanley": "stan", "stephanie": "steph",
    "stephen": "steve", "steven": "steve", "susan": "sue susie", "teresa": "terry", "terrence": "terry",
    "theodore": "ted teddy theo", "theresa": "terri", "thomas": "tom tommy", "timothy": "tim timmy", "tyrone": "ty",
    "veronica": "ronnie", "victor": "vic", "victoria": "vicky tori", "vincent": "vince vinny", "virginia": "ginny",
    "vladimir": "vlad", "walter": "walt", "william": "bill will billy willie liam", "zachary": "zach",
}


def roots():
    """{name: names it may stand for, itself first}; a short form may stand for several."""
    out = {}
    for long_form, short in LONG_FORMS.items():
        out.setdefault(long_form, [long_form])
        for s in short.split():
            out.setdefault(s, [s]).append(long_form)
    return out
