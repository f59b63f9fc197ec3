//! What stands around a number: the words that say what it is, and those that say what it is not.

use super::columns::Columns;
use crate::content::values;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::LazyLock;

/// What words can say of the number that follows them; a set of bits.
pub(super) type Topics = u128;

macro_rules! topics {
    ($($name:ident: $words:literal;)*) => {
        #[derive(Clone, Copy)]
        #[expect(non_camel_case_types, clippy::upper_case_acronyms, reason = "names of bits below")]
        enum Bit { $($name),* }
        $(pub(super) const $name: Topics = 1 << (Bit::$name as u32);)*
        /// Each topic's words: in lower case, parts of names in camel case split, `*` for any ending.
        const WORDS: &[(Topics, &str)] = &[$(($name, $words)),*];
    };
}

topics! {
    OTHER: "order orders ordernumber invoice ticket issue sku ref reference version ver build commit hash sha sha1 \
        sha256 md5 checksum timestamp time ts epoch isbn ean upc gtin asin tracking serial imei port pid size bytes \
        offset line seed nonce uuid guid batch job run session request trace span event bestellnummer \
        rechnungsnummer rechnung artikel artikelnummer commande facture pedido factura ordine fattura zamówienie \
        channel message msg snowflake part model sequence seq row rows index count total amount price volume \
        duration elapsed latency ms ns us barcode doi pmid arxiv rfc cve pr mr revision rev release firmware \
        chip device lot bin warehouse shelf meeting webinar conference example 주문번호 sample test-card inode block height nr_frames ticks cycles";
    PHONE: "phone phones telephone telephones tel tels telefon* mobile mob cell cellphone cellular call callback dial \
        sms whatsapp signal fax hotline rufnummer handy handynummer mobil mobiltelefon mobilnummer festnetz \
        rückruf anruf telnr téléphone telephone* portable numéro-de-téléphone teléfono tfno móvil celular \
        telefone telemóvel cellulare telefoon* mobiel puhelin* matkapuhelin telefonnummer phonenumber phoneno \
        mobileno msisdn komórka tlf tlfn mobilnr gsm телефон* тел мобильный 電話 电话 手机 手機 電話番号 携帯 전화 \
        휴대폰 전화번호 contactnumber \
        office-line direct-line private-line home-line phone-line land-line landline";
    CARD: "card cards creditcard cardnumber cc ccn ccnum pan visa mastercard amex maestro discover jcb payment \
        kreditkarte* karte kartennummer kartennr carte cartes tarjeta* cartão carta cardholder debit creditcard* \
        kaart betaalkaart karta カード 信用卡 银行卡";
    BANK: "iban bank banking konto kontonummer kontonr bankverbindung acct account accountnumber routing \
        routingnumber aba compte rib cuenta conta conto rekening rekeningnummer sortcode bankaccount payee payout";
    SSN: "ssn ssns socialsecurity socialsecuritynumber itin tin social-security taxpayer taxid tax-id";
    EIN: "ein fein taxid tax-id employer employeridentification";
    NINO: "nino ni national-insurance nationalinsurance ninumber nin";
    NHS: "nhs nhsnumber patient patients";
    DE_TAX: "steuer* idnr steuerid tin identifikationsnummer tax taxid idnummer";
    FR_NIR: "nir insee sécurité securite vitale sécu secu numss";
    ES_ID: "dni nie nif documento cif";
    IT_ID: "fiscale codicefiscale cf fiscal";
    BSN: "bsn burgerservicenummer sofi sofinummer";
    PESEL: "pesel";
    SE_ID: "personnummer* personnr pnr samordningsnummer";
    BE_ID: "rijksregister* rijksregisternummer rrn insz inss niss rn registre* nationalregister numéro-national \
        numéro-de-registre";
    BR_ID: "cpf cnpj";
    AADHAAR: "aadhaar aadhar adhaar uid uidai आधार";
    IN_PAN: "pan pancard panno pannumber";
    NRIC: "nric fin";
    TFN: "tfn tax-file taxfile tax-file-number";
    MEDICARE: "medicare";
    SIN: "sin nas social-insurance socialinsurance";
    RRN: "rrn jumin 주민등록번호 주민번호 resident-registration";
    FI_ID: "hetu henkilötunnus* henkilotunnus* personbeteckning*";
    CPR: "cpr cprnr cprnummer personnummer";
    NO_ID: "fødselsnummer fodselsnummer fnr personnummer fødselsnr";
    AHV: "ahv avs ahvnr";
    SVNR: "svnr svnummer sozialversicherung* sv vsnr versicherungsnummer";
    PPS: "pps ppsn ppsno";
    NIF: "nif contribuinte";
    MY_NUMBER: "mynumber my-number マイナンバー 個人番号 individual-number kojin";
    CN_ID: "身份证 身份证号 身份證 idcard resident-id";
    ZA_ID: "za rsa sa-id said id-number idnumber identity national-id nationalid";
    GENERIC: "national-id nationalid identity-number identitynumber id-number idnumber identification-number personal-id \
        personalid citizen-id citizenid government-id gov-id tax-id taxid fiscal-code";
    NATIONAL: "national-id nationalid nid tckn tc kimlik kimliği oib egn cnp cédula cedula inn инн снилс snils \
        isikukood asmens personas rodné rodne tax-number taxnumber teudat zehut cuit cuil rut run mykad ic \
        identity-number identitynumber identification jmbg taj amka αμκα егн זהות ird nik ktp 統一 ประชาชน";
    PASSPORT: "passport passports passportno passportnumber reisepass* passnummer passeport pasaporte passaporto \
        passaporte paspoort* pas pass-nr paszport* pasaport passi passinumero 護照 护照 旅券 パスポート паспорт* \
        διαβατήριο útlevél* 여권";
    LICENCE: "licence license driverslicense driverlicense drivinglicence driving-licence drivers-license \
        driver-license driving-license driver-licence drivers-licence dln dlnumber dl-number dl-no führerschein* fuehrerschein* permis \
        conduire carnet conducir patente rijbewijs* körkort körkortsnummer";
    DRIVER: "driver drivers driving driverslicense driverlicense drivinglicence drivinglicense dln dlnumber dl-number dl-no \
        führerschein* fuehrerschein* conduire conducir guida rijbewijs* körkort* cnh";
    BIRTH: "dob birth birthday birthdate birthdays dateofbirth born geburt* geboren geb naissance né née nacimiento \
        nascimento nato nata nascita geboortedatum geboortedag geburtsdatum urodzenia urodzony födelsedatum \
        fødselsdato syntymäaika рождения 生年月日 出生日期 出生 생년월일 bday nacido nascido doğum dogum \
        doğumtarihi dogumtarihi narození narozen* születési született rođenja născut nașterii γέννησης народження lahir \
        sinh जन्म לידה الميلاد syntynyt född";
    ADDRESS: "address addresses addr address1 address2 addressline adresse* anschrift wohnort wohnhaft wohnanschrift \
        street streetaddress street1 strasse straße str dirección direccion domicilio indirizzo endereço endereco \
        morada adres residence resides lives billing shipping delivery домой адрес 住所 地址 주소 rue calle via rua \
        lieferadresse rechnungsadresse deliver ship";
    STREET: "street streetaddress street1 strasse straße addressline addressline1 address1 street-address \
        home-address homeaddress postal-address mailing-address billing-address shipping-address";
    RECORD: "mrn medical-record medicalrecord medicalrecordnumber patientid patient-id patient-no patient-number \
        patientnumber healthrecord health-record chartnumber chart-number medrec patientennummer \
        patienten-id fallnummer hospital-number hospitalnumber numéro-de-patient";
    INSURANCE: "insurance-number insurancenumber insurance-id insuranceid insurance-policy member-id memberid \
        subscriber-id subscriberid health-insurance healthinsurance mbi hicn health-card healthcard ohip \
        policy-number policynumber krankenversicher* versichertennummer* versicherten-nr kvnr krankenkasse \
        versichertennr mutuelle tarjeta-sanitaria carteirinha medicaid beneficiary";
    ID_CARD: "personalausweis* ausweis ausweisnummer ausweisnr perso id-card idcard identity-card identitycard \
        carte-d'identité cni identità identiteitskaart identiteitskaartnummer";
}

/// Words that carry on what the word before them says: `passport number: …`.
const FILLERS: &[&str] = &[
    "number",
    "numbers",
    "no",
    "nr",
    "num",
    "nummer",
    "id",
    "value",
    "is",
    "of",
    "the",
    "code",
    "my",
    "his",
    "her",
    "their",
    "was",
    "at",
    "on",
    "me",
    "new",
    "primary",
    "secondary",
    "home",
    "work",
    "office",
    "date",
    "le",
    "e",
    "du",
    "de",
    "domicile",
    "a",
    "s",
];

/// Of a word that carries on what the word before it says.
const FILLER: Topics = 1 << (Topics::BITS - 1);

struct Dictionary {
    whole: Table,
    /// Beginnings of at least four bytes.
    starts: Starts,
    /// Words of scripts without spaces, which stand inside of others.
    inside: Vec<(&'static str, Topics)>,
    /// The words, or last parts of words, that label a value, and [`FILLER`] for those of [`FILLERS`]; and their
    /// beginnings where any ending will do.
    labels: Table,
    label_starts: Starts,
    /// What the words of each begin with.
    begins: Begins,
    label_begins: Begins,
}

/// The first three bytes of words: one bit for a hash of each. Most words of a text are refused by them.
struct Begins([u64; 64]);

impl Default for Begins {
    fn default() -> Self {
        Self([0; 64])
    }
}

impl Begins {
    fn slot(word: &str) -> usize {
        let first = word.bytes().take(3).fold(0u32, |all, byte| all << 8 | u32::from(byte));
        (first.wrapping_mul(0x9e37_79b9) >> 20) as usize & 4095
    }

    fn add(&mut self, word: &str) {
        let slot = Self::slot(word);
        self.0[slot >> 6] |= 1 << (slot & 63);
    }

    fn may_hold(&self, word: &str) -> bool {
        let slot = Self::slot(word);
        self.0[slot >> 6] >> (slot & 63) & 1 == 1
    }
}

/// Beginnings of words, by their first byte.
struct Starts(Vec<Vec<(&'static str, Topics)>>);

impl Default for Starts {
    fn default() -> Self {
        Self(vec![Vec::new(); 256])
    }
}

impl Starts {
    fn push(&mut self, start: &'static str, topics: Topics) {
        self.0[usize::from(start.as_bytes()[0])].push((start, topics));
    }

    fn of(&self, word: &str) -> Topics {
        let first = word.as_bytes().first().and_then(|first| self.0.get(usize::from(*first)));
        let own = first.into_iter().flatten().filter(|(start, _)| word.starts_with(start));
        own.fold(0, |all, (_, topics)| all | topics)
    }
}

type Table = HashMap<&'static str, Topics, BuildHasherDefault<Quick>>;

/// Hashes short words quickly. What is looked up is hostile; the tables are not, and they do not grow.
#[derive(Default)]
struct Quick(u64);

impl Hasher for Quick {
    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.write_u64(u64::from_le_bytes(word));
        }
    }

    fn write_u8(&mut self, _: u8) {}

    fn write_u64(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(26) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }

    fn finish(&self) -> u64 {
        self.0 ^ self.0 >> 29
    }
}

static DICTIONARY: LazyLock<Dictionary> = LazyLock::new(|| {
    let mut dictionary = Dictionary {
        whole: Table::default(),
        starts: Starts::default(),
        inside: Vec::new(),
        labels: Table::default(),
        label_starts: Starts::default(),
        begins: Begins::default(),
        label_begins: Begins::default(),
    };
    for (topic, words) in WORDS {
        for word in words.split_whitespace() {
            dictionary.begins.add(word.trim_end_matches('*'));
            match word.strip_suffix('*') {
                Some(start) => dictionary.starts.push(start, *topic),
                None if word.chars().all(|ch| ch >= '\u{2e80}') => dictionary.inside.push((word, *topic)),
                None => *dictionary.whole.entry(word).or_default() |= topic,
            }
        }
    }
    // A word that is whole in one topic may begin like one of another: `personnummer` is Norway's and Sweden's.
    for (word, topics) in &mut dictionary.whole {
        *topics |= dictionary.starts.of(word);
    }
    let labels = BIRTH | PASSPORT | LICENCE | DRIVER | ADDRESS | STREET | RECORD | INSURANCE | ID_CARD | BANK;
    for (topic, words) in WORDS.iter().filter(|(topic, _)| topic & labels != 0) {
        for word in words.split_whitespace() {
            let last = word.rsplit(['-', '\'']).next().unwrap_or(word);
            dictionary.label_begins.add(last.trim_end_matches('*'));
            match last.strip_suffix('*') {
                Some(start) => dictionary.label_starts.push(start, *topic),
                None => *dictionary.labels.entry(last).or_default() |= topic,
            }
        }
    }
    for word in FILLERS {
        dictionary.label_begins.add(word);
        *dictionary.labels.entry(word).or_default() |= FILLER;
    }
    dictionary
});

fn lookup(word: &str) -> Topics {
    let dictionary = &*DICTIONARY;
    // Words of scripts without spaces stand inside of others.
    if word.is_ascii() && !dictionary.begins.may_hold(word) {
        return 0;
    }
    if let Some(topics) = dictionary.whole.get(word) {
        return *topics;
    }
    if word.len() < 5 {
        return 0;
    }
    if !word.is_ascii() {
        let inside = dictionary.inside.iter().filter(|(own, _)| word.contains(own));
        let topics = inside.fold(0, |all, (_, topic)| all | topic);
        if topics != 0 {
            return topics;
        }
    }
    dictionary.starts.of(word)
}

/// Looks so far before and behind a number.
const BEFORE: usize = 64;
const BEHIND: usize = 24;

/// What the surroundings of one number say.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Context {
    pub(super) topics: Topics,
    /// The nearest word that says anything says that it is something else.
    pub(super) other: bool,
}

impl Context {
    pub(super) fn has(self, topics: Topics) -> bool {
        self.topics & topics != 0
    }
}

/// Reads contexts of one text, from its beginning on.
pub(super) struct Reader<'a> {
    text: &'a [u8],
    columns: Columns<'a>,
    /// Where the last finding ends, and what its context said: a list goes on behind it.
    last: (usize, Context),
}

impl<'a> Reader<'a> {
    pub(super) fn new(text: &'a [u8]) -> Self {
        Self { text, columns: Columns::new(text), last: (0, Context::default()) }
    }

    /// The next context begins behind this finding, so that a chip in its place changes nothing.
    pub(super) fn found(&mut self, end: usize, context: Context) {
        self.last = (end, context);
    }

    /// The context of the value from `start` to `end`.
    pub(super) fn of(&mut self, start: usize, end: usize) -> Context {
        let from = start.saturating_sub(BEFORE).max(self.last.0.min(start));
        let before = self.text.get(from..start).unwrap_or_default();
        let joint = from == self.last.0 && from > 0 && is_joint(before);
        let mut context = Context::default();
        read_backwards(before, from > 0 && from != self.last.0, &mut context);
        let behind = self.text.get(end..self.text.len().min(end + BEHIND)).unwrap_or_default();
        if !context.other && context.topics == 0 {
            read_behind(behind, &mut context);
        }
        if let Some(header) = self.columns.header(start, end) {
            let mut column = Context::default();
            read_backwards(header, false, &mut column);
            if column.topics != 0 || column.other {
                // The cell before is another column's value.
                return column;
            }
        }
        if joint { self.last.1 } else { context }
    }

    /// Could a label of one of these topics stand before the value, going by the last two words there that say
    /// anything? A cheap gate: what cannot be told without decoding may be one.
    pub(super) fn may_be_labelled(&self, start: usize, topics: Topics) -> bool {
        const WORDS: usize = 6;
        let before = self.text.get(start.saturating_sub(BEFORE)..start).unwrap_or_default();
        let (mut end, mut skipped, mut telling) = (before.len(), 0, 0);
        for _ in 0..WORDS {
            loop {
                match end.checked_sub(1).map(|at| before[at]) {
                    None => return false,
                    Some(byte) if is_letter(byte) => break,
                    Some(b'\n') if skipped == 0 => return false,
                    Some(_) => (end, skipped) = (end - 1, skipped + 1),
                }
                if skipped > 12 {
                    return false;
                }
            }
            let first = before[..end].iter().rposition(|byte| !is_letter(*byte)).map_or(0, |at| at + 1);
            let word = &before[first..end];
            if !word.is_ascii() {
                return true;
            }
            // The word, or the last hump of a name in camel case.
            let hump = word.iter().rposition(u8::is_ascii_uppercase).unwrap_or(0);
            let mut buffer = [0; BEFORE];
            let lower = &mut buffer[..word.len()];
            lower.copy_from_slice(word);
            lower.make_ascii_lowercase();
            let Ok(lower) = std::str::from_utf8(lower) else { return true };
            let last = label(lower.get(hump..).unwrap_or_default());
            if (last | if hump == 0 { 0 } else { label(lower) }) & topics != 0 {
                return true;
            }
            telling += usize::from(last & FILLER == 0);
            if telling == 2 {
                return false;
            }
            end = first;
        }
        false
    }

    /// Does a column's header say what the value is?
    pub(super) fn column(&mut self, start: usize, end: usize) -> Option<Context> {
        let header = self.columns.header(start, end)?;
        let mut context = Context::default();
        read_backwards(header, false, &mut context);
        (context.topics != 0).then_some(context)
    }
}

/// What a word, as a label or its last part, says that a value is.
fn label(word: &str) -> Topics {
    let dictionary = &*DICTIONARY;
    if !dictionary.label_begins.may_hold(word) {
        return 0;
    }
    dictionary.labels.get(word).copied().unwrap_or_default() | dictionary.label_starts.of(word)
}

fn is_letter(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte >= 0x80
}

/// Between the items of a list: marks and spaces, perhaps an "and".
fn is_joint(between: &[u8]) -> bool {
    let letters: Vec<u8> = between.iter().copied().filter(u8::is_ascii_alphanumeric).collect();
    between.len() <= 8
        && !between.contains(&b':')
        && !between.contains(&b'=')
        && memchr::memchr_iter(b'\n', between).count() <= 1
        && matches!(letters.as_slice(), b"" | b"and" | b"or" | b"und" | b"oder" | b"et" | b"y" | b"e" | b"n")
}

/// Reads the words of `window` from its end: the nearest that says something else hides all before it.
fn read_backwards(window: &[u8], cut: bool, context: &mut Context) {
    let window = behind_last_chip(window);
    // Numbers among numbers: nothing says what they are.
    if !window.iter().any(|byte| is_letter(*byte)) {
        return;
    }
    let mut buffer = [0u8; 2 * BEFORE + 96];
    let words = split(window, &mut buffer);
    let mut later: Option<&str> = None;
    let mut wait = 0;
    for (at, word) in words.iter().enumerate().rev() {
        // The window's first word may have been cut.
        if at == 0 && cut && words.len() > 1 {
            break;
        }
        let mut topics = lookup(word);
        if let Some(next) = later {
            topics |= joined(word, next);
        }
        // `office line`: what alone says something else says so no more.
        if topics & OTHER != 0
            && let Some(first) = at.checked_sub(1).and_then(|before| words.get(before))
        {
            let both = joined(first, word);
            topics = if both == 0 { topics } else { both };
        }
        later = Some(word);
        if topics == 0 || (topics == OTHER && FILLERS.contains(word)) {
            wait += 1;
            continue;
        }
        if topics & OTHER != 0 {
            // `order number`, `tracking id`.
            context.other = context.topics == 0;
            return;
        }
        if wait > 9 {
            return;
        }
        context.topics |= topics;
    }
}

/// Two words that say more than each alone: `date of` says nothing, `social security` does.
fn joined(first: &str, second: &str) -> Topics {
    let mut buffer = [0u8; 64];
    let length = first.len() + 1 + second.len();
    let Some(room) = buffer.get_mut(..length) else { return 0 };
    room[..first.len()].copy_from_slice(first.as_bytes());
    room[first.len()] = b'-';
    room[first.len() + 1..].copy_from_slice(second.as_bytes());
    let dictionary = &*DICTIONARY;
    std::str::from_utf8(room)
        .ok()
        .filter(|joined| dictionary.begins.may_hold(joined))
        .and_then(|joined| dictionary.whole.get(joined).copied())
        .unwrap_or_default()
}

/// `123-45-6789 (SSN)`.
fn read_behind(window: &[u8], context: &mut Context) {
    let line = window.split(|b| matches!(b, b'\n' | b',' | b';' | b'|' | b'\t')).next().unwrap_or_default();
    let open = line.iter().position(|b| !matches!(b, b' ' | b'"' | b'\''));
    if !open.is_some_and(|at| matches!(line[at], b'(' | b'[' | b'#' | b'-' | b'/')) {
        return;
    }
    let mut buffer = [0u8; 2 * BEFORE + 96];
    for word in split(line, &mut buffer).iter().take(3) {
        let topics = lookup(word);
        if topics & OTHER != 0 {
            return;
        }
        context.topics |= topics;
    }
}

/// A chip is no word, and what stands before it belongs to it.
fn behind_last_chip(window: &[u8]) -> &[u8] {
    let chip = memchr::memmem::rfind(window, "›".as_bytes());
    match chip {
        Some(at)
            if memchr::memmem::rfind(window, "‹".as_bytes())
                .is_none_or(|open| values::chip_length(&window[open..]) > 0) =>
        {
            window.get(at + "›".len()..).unwrap_or_default()
        }
        _ => window,
    }
}

/// The words of a window in lower case, names in camel case split: at most 24.
fn split<'b>(window: &[u8], buffer: &'b mut [u8]) -> Vec<&'b str> {
    let mut ends: Vec<(usize, usize)> = Vec::with_capacity(24);
    if window.is_ascii() {
        split_ascii(window, buffer, &mut ends);
    } else {
        split_wide(window, buffer, &mut ends);
    }
    let skip = ends.len().saturating_sub(24);
    let buffer: &'b [u8] = buffer;
    ends.into_iter()
        .skip(skip)
        .filter_map(|(start, end)| std::str::from_utf8(buffer.get(start..end)?).ok())
        .filter(|word| !word.is_empty())
        .collect()
}

/// Puts the words of a window into `buffer`, and where each begins and ends into `ends`.
fn split_ascii(window: &[u8], buffer: &mut [u8], ends: &mut Vec<(usize, usize)>) {
    let (mut start, mut length, mut previous) = (0, 0, b' ');
    for byte in window {
        let word = byte.is_ascii_alphanumeric();
        let hump = byte.is_ascii_uppercase() && previous.is_ascii_lowercase();
        if (!word || hump) && length > start {
            ends.push((start, length));
            start = length;
        }
        // The letter of an escape belongs to no word.
        let escape = previous == b'\\' && matches!(byte, b'n' | b't' | b'r');
        if word
            && !escape
            && let Some(slot) = buffer.get_mut(length)
        {
            *slot = byte.to_ascii_lowercase();
            length += 1;
        }
        previous = *byte;
    }
    if length > start {
        ends.push((start, length));
    }
}

/// The same for text of any script.
fn split_wide(window: &[u8], buffer: &mut [u8], ends: &mut Vec<(usize, usize)>) {
    let text = String::from_utf8_lossy(window);
    let mut length = 0;
    let mut start = 0;
    let mut previous = ' ';
    let mut put = |ch: char, length: &mut usize| {
        let mut utf8 = [0u8; 4];
        let bytes = ch.encode_utf8(&mut utf8).as_bytes();
        if let Some(room) = buffer.get_mut(*length..*length + bytes.len()) {
            room.copy_from_slice(bytes);
            *length += bytes.len();
        }
    };
    for ch in text.chars() {
        // Vowel signs are no letters and parts of words all the same; marks are not.
        let mark = matches!(ch, '\u{80}'..='\u{bf}' | '\u{2000}'..='\u{2bff}' | '\u{3000}'..='\u{303f}' | '\u{ff00}'..='\u{ff0f}' | '\u{ff1a}'..='\u{ff20}');
        let word = ch.is_alphanumeric()
            || (ch > '\u{7f}' && !mark && ch != char::REPLACEMENT_CHARACTER && !ch.is_whitespace());
        let hump = ch.is_uppercase() && previous.is_lowercase();
        if (!word || hump) && length > start {
            ends.push((start, length));
            start = length;
        }
        // The letter of an escape belongs to no word.
        let escape = previous == '\\' && matches!(ch, 'n' | 't' | 'r');
        if word && !escape {
            for lower in ch.to_lowercase() {
                put(lower, &mut length);
            }
        }
        previous = ch;
    }
    if length > start {
        ends.push((start, length));
    }
}

#[cfg(test)]
mod tests {
    use super::{split_ascii, split_wide};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn words_of_ascii_are_those_of_any_script(window in "[ -~\\n]{0,100}|[a-cA-C1\\\\nt ]{0,100}") {
            let (mut one, mut other) = ([0; 224], [0; 224]);
            let (mut ends, mut other_ends) = (Vec::new(), Vec::new());
            split_ascii(window.as_bytes(), &mut one, &mut ends);
            split_wide(window.as_bytes(), &mut other, &mut other_ends);
            prop_assert_eq!((one, ends), (other, other_ends));
        }
    }
}
