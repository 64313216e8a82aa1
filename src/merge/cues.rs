//! What stands before a person's name and tells who it is: `Mrs.`, `his wife`, `President`.
//!
//! Reads the few words before a mention, and titles inside it. Sexes are those that the text gives,
//! or that a common given name has; where neither says anything nothing is concluded.

/// What a text calls somebody.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) enum Sex {
    Male,
    Female,
}

#[rustfmt::skip]
const MALE: &[&str] = &[
    "mr", "mister", "sir", "king", "prince", "lord", "father", "brother", "husband", "son", "uncle", "nephew", "grandfather",
    "grandson", "stepfather", "fiance", "boyfriend", "widower", "emperor", "duke", "congressman", "chairman", "actor",
];
#[rustfmt::skip]
const FEMALE: &[&str] = &[
    "mrs", "ms", "miss", "dame", "queen", "princess", "lady", "mother", "sister", "wife", "daughter", "aunt", "niece",
    "grandmother", "granddaughter", "stepmother", "fiancee", "girlfriend", "widow", "empress", "duchess", "congresswoman", "chairwoman", "actress",
];
#[rustfmt::skip]
const KIN: &[&str] = &[
    "father", "mother", "brother", "sister", "husband", "wife", "son", "daughter", "uncle", "aunt", "nephew", "niece", "cousin",
    "grandson", "granddaughter", "widow", "widower", "fiance", "fiancee",
];
/// Offices that no first lady holds as one.
const OFFICES: &[&str] = &["president", "minister", "premier", "chancellor", "governor", "mayor"];
/// Roles that stand before a surname.
#[rustfmt::skip]
const ROLES: &[&str] = &[
    "president", "minister", "premier", "chancellor", "secretary", "senator", "sen", "representative", "rep", "governor", "gov", "mayor", "ambassador",
    "speaker", "judge", "justice", "gen", "general", "lt", "col", "colonel", "maj", "capt", "captain", "sgt", "sergeant",
    "adm", "admiral", "dr", "professor", "prof", "rev", "sheriff", "coach", "king", "queen", "prince", "princess", "pope",
    "bishop", "archbishop", "cardinal", "imam", "detective", "officer",
];
/// Given names that only men, or only women, commonly have.
#[rustfmt::skip]
const MEN: &[&str] = &[
    "james", "john", "robert", "michael", "william", "david", "richard", "joseph", "thomas", "charles", "christopher", "daniel", "matthew",
    "anthony", "mark", "donald", "steven", "paul", "andrew", "joshua", "kenneth", "kevin", "brian", "george", "timothy", "ronald",
    "edward", "jason", "jeffrey", "ryan", "jacob", "nicholas", "eric", "jonathan", "stephen", "larry", "justin", "scott", "benjamin",
    "samuel", "gregory", "patrick", "frank", "alexander", "raymond", "jack", "dennis", "peter", "martin", "carl", "henry", "arthur",
    "simon", "philip", "bill", "bob", "jim", "tom", "mike", "ivan", "vladimir", "sergei", "carlos", "juan", "jose",
    "luis", "pedro", "miguel", "mohammed", "muhammad", "mohamed", "ahmed", "ali", "hassan", "ibrahim", "mustafa",
];
#[rustfmt::skip]
const WOMEN: &[&str] = &[
    "mary", "patricia", "jennifer", "linda", "elizabeth", "barbara", "susan", "jessica", "sarah", "karen", "lisa", "nancy", "sandra",
    "margaret", "ashley", "emily", "donna", "michelle", "carol", "amanda", "melissa", "deborah", "stephanie", "rebecca", "laura", "helen",
    "amy", "angela", "anna", "ruth", "maria", "katherine", "catherine", "christine", "janet", "diane", "alice", "julie", "heather",
    "victoria", "grace", "rachel", "martha", "jane", "ann", "anne", "hillary", "melania", "joan", "rose", "fatima", "aisha",
    "olga", "natalia", "elena", "sofia", "isabel", "carmen", "ana", "lucia", "emma", "julia", "charlotte",
];

/// What is known of a mention by the words before it.
#[derive(Clone, Default, Debug)]
pub(super) struct Cue {
    pub sex: Option<Sex>,
    pub role: Option<&'static str>,
    /// Whether it is somebody's relative, or only there to say whose relative somebody is: `his
    /// wife`, `the son of`.
    pub is_kin: bool,
    /// Whether it is a first lady.
    pub is_lady: bool,
}

impl Cue {
    /// Whether it has a role that nobody has who is a first lady.
    pub(super) fn is_office(&self) -> bool {
        self.role.is_some_and(|role| OFFICES.contains(&role))
    }
}

/// The cue in `before`, the text up to a mention, and in the `titles` inside the mention.
pub(super) fn cue(before: &str, titles: &[String]) -> Cue {
    let mut cue = Cue::default();
    // A sentence or clause that ends before the name speaks of somebody else; `his wife, Ruth` does
    // not, and `Mr.` ends no sentence.
    let ending = before.trim_end();
    let words = ending.rsplit(|c: char| !c.is_alphanumeric() && c != '\'').filter(|word| !word.is_empty());
    let stopped = ending.ends_with(['.', '!', '?', ';', ':', ')', '"', '”']);
    let mut words = words.map(str::to_lowercase);
    let nearest = words.next();
    let next = words.next();
    cue.is_lady = nearest.as_deref() == Some("lady") && next.as_deref() == Some("first");
    // `The son of property tycoon` has the word of kin a few words before the name.
    let is_relative = |&(of, kin): &(&str, &str)| of == "of" && KIN.contains(&kin);
    let near: Vec<&str> = nearest.iter().chain(&next).map(String::as_str).collect();
    let far: Vec<String> = words.take(3).collect();
    let all: Vec<&str> = near.into_iter().chain(far.iter().map(String::as_str)).collect();
    let is_clause = !stopped && !ending.rsplit(' ').take(all.len()).any(|word| word.ends_with(['.', ',', ';', ':']));
    cue.is_kin = is_clause && all.windows(2).any(|pair| is_relative(&(pair[0], pair[1])));
    let near = nearest.into_iter().filter(|word| !stopped || is_abbreviated(word));
    for word in titles.iter().cloned().chain(near) {
        cue.sex = cue.sex.or_else(|| sex_of(&word, MALE, FEMALE));
        cue.is_kin |= KIN.contains(&&*word);
        cue.role = cue.role.or_else(|| ROLES.iter().find(|role| **role == word).copied());
    }
    cue
}

fn is_abbreviated(word: &str) -> bool {
    matches!(
        word,
        "mr" | "mrs"
            | "ms"
            | "dr"
            | "sen"
            | "rep"
            | "gov"
            | "gen"
            | "lt"
            | "col"
            | "sgt"
            | "capt"
            | "rev"
            | "prof"
            | "adm"
    )
}

/// The sex that a given name tells, if it tells one.
pub(super) fn sex_of_name(given: &str) -> Option<Sex> {
    sex_of(given, MEN, WOMEN)
}

/// Whether many people have this given name, or short form of one.
pub(super) fn is_common(given: &str) -> bool {
    sex_of_name(given).is_some() || full_given(given) != given
}

fn sex_of(word: &str, male: &[&str], female: &[&str]) -> Option<Sex> {
    if male.contains(&word) {
        return Some(Sex::Male);
    }
    female.contains(&word).then_some(Sex::Female)
}

/// Short forms of given names and what they are short for.
#[rustfmt::skip]
const SHORT: &[(&str, &str)] = &[
    ("alex", "alexander"), ("andy", "andrew"), ("ben", "benjamin"), ("bernie", "bernard"), ("bill", "william"), ("billy", "william"),
    ("bob", "robert"), ("bobby", "robert"), ("charlie", "charles"), ("chris", "christopher"), ("chuck", "charles"), ("dan", "daniel"),
    ("danny", "daniel"), ("dave", "david"), ("dick", "richard"), ("don", "donald"), ("ed", "edward"), ("eddie", "edward"),
    ("fred", "frederick"), ("greg", "gregory"), ("jack", "john"), ("jeff", "jeffrey"), ("jim", "james"), ("jimmy", "james"),
    ("joe", "joseph"), ("jon", "jonathan"), ("kate", "katherine"), ("kathy", "katherine"), ("ken", "kenneth"), ("larry", "lawrence"),
    ("liz", "elizabeth"), ("matt", "matthew"), ("mike", "michael"), ("mitch", "mitchell"), ("nick", "nicholas"), ("pat", "patrick"),
    ("pete", "peter"), ("phil", "philip"), ("rick", "richard"), ("rob", "robert"), ("ron", "ronald"), ("sam", "samuel"),
    ("steve", "steven"), ("sue", "susan"), ("ted", "edward"), ("tim", "timothy"), ("tom", "thomas"), ("tony", "anthony"),
    ("vicky", "victoria"), ("will", "william"),
];

/// What `given` is short for, or itself.
pub(super) fn full_given(given: &str) -> &str {
    SHORT.iter().find(|(short, _)| *short == given).map_or(given, |(_, full)| full)
}
