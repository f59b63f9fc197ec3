//! Personal data made at run time: right in form and check digits, and nobody's.

use crate::content::personal::checks;

/// A small generator of its own, so that a seed in a failure gives the same value again.
pub(super) struct Values(u64);

impl Values {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % limit
    }

    fn pick<'t>(&mut self, choice: &[&'t str]) -> &'t str {
        let at = self.below(choice.len() as u64);
        choice[usize::try_from(at).expect("an index")]
    }

    /// `9` is a digit, `A` a letter; all else stands for itself.
    fn form(&mut self, form: &str) -> String {
        let mut out = String::new();
        for ch in form.chars() {
            out.push(match ch {
                '9' => char::from(b'0' + u8::try_from(self.below(10)).expect("a digit")),
                'A' => char::from(b'A' + u8::try_from(self.below(26)).expect("a letter")),
                ch => ch,
            });
        }
        out
    }

    /// A form whose digits pass the check.
    fn checked(&mut self, form: &str, check: fn(&[u8]) -> bool) -> String {
        loop {
            let made = self.form(form);
            let digits: Vec<u8> = made.bytes().filter(u8::is_ascii_digit).map(|b| b - b'0').collect();
            if check(&digits) {
                return made;
            }
        }
    }

    /// A form that passes the check as it is written, without marks.
    fn coded(&mut self, form: &str, check: fn(&[u8]) -> bool) -> String {
        loop {
            let made = self.form(form);
            if check(made.as_bytes()) {
                return made;
            }
        }
    }

    fn date(&mut self) -> (u64, u64, u64) {
        (1940 + self.below(65), 1 + self.below(12), 1 + self.below(28))
    }

    pub(super) fn make(&mut self, kind: &str) -> String {
        match kind {
            "email" => {
                let first = self.pick(&[
                    "maria",
                    "j.keller",
                    "bo_lind",
                    "ana-lopez",
                    "k.nowak+web",
                    "li.wei88",
                    "o'neil.p",
                    "Tomasz.Z",
                ]);
                let first = first.replace("o'neil.p", "oneil.p");
                let host = self.pick(&[
                    "gmx.de",
                    "keller-bau.at",
                    "outlook.com",
                    "posteo.net",
                    "uni-wien.ac.at",
                    "northwind.io",
                    "orange.fr",
                    "seznam.cz",
                ]);
                format!("{first}@{host}")
            }
            "email-encoded" => self.make("email").replace('@', "%40").replace('+', "%2B"),
            "phone-international" => {
                let form = self.pick(&[
                    "+49 171 2999999",
                    "+44 7711 945999",
                    "+33 6 12 99 99 99",
                    "+1 212-469-4199",
                    "+12124694199",
                    "+4366429999999",
                    "+91 98765 49999",
                    "+55 11 91234-9999",
                    "+81 90-1234-9999",
                    "+31 6 12999999",
                    "+46 70 123 99 99",
                ]);
                self.form(form)
            }
            "phone-us" => {
                let form = self.pick(&["(212) 469-4@99", "617-469-4@99", "415.469.4@99", "1-303-469-4@99"]);
                self.form(form).replace('@', "1")
            }
            "phone-de" => {
                let form = self.pick(&["030 2999999", "0171 2999999", "089/2999999", "0151-23999999", "(0221) 299999"]);
                self.form(form)
            }
            "phone-fr" => {
                let form = self.pick(&["06 12 99 99 99", "01.42.99.99.99"]);
                self.form(form)
            }
            "phone-bare" => self.form("98765@9999").replace('@', "4"),
            "card" => {
                let form = self.pick(&[
                    "4539999999999999",
                    "5412999999999999",
                    "2223999999999999",
                    "378299999999999",
                    "6011999999999999",
                    "3530999999999999",
                ]);
                self.checked(form, checks::luhn)
            }
            "card-grouped" => {
                let form = self.pick(&["4539 9999 9999 9999", "5412-9999-9999-9999", "3782 999999 99999"]);
                self.checked(form, checks::luhn)
            }
            "iban" => {
                let form = self.pick(&[
                    "DE99999999999999999999",
                    "GB99AAAA99999999999999",
                    "FR9999999999999999999999999",
                    "NL99AAAA9999999999",
                    "AT999999999999999999",
                    "ES9999999999999999999999",
                ]);
                let made = self.coded(form, checks::iban);
                if self.below(2) == 0 {
                    return made;
                }
                let groups: Vec<&str> =
                    made.as_bytes().chunks(4).map(|four| std::str::from_utf8(four).expect("ASCII")).collect();
                groups.join(" ")
            }
            "us-ssn" => self.checked("2@9-99-9999".replace('@', "1").as_str(), checks::us_ssn),
            "us-ssn-bare" => self.checked("299999999", checks::us_ssn),
            "uk-nino" => self.coded("AA999999A", checks::uk_nino),
            "uk-nhs" => {
                let form = self.pick(&["999 999 9999", "9999999999"]);
                self.checked(form, checks::uk_nhs)
            }
            "de-tax-id" => {
                let form = self.pick(&["99 999 999 999", "99999999999"]);
                self.checked(form, checks::de_tax)
            }
            "fr-nir" => {
                let form = self.pick(&["1 84 12 99 999 999 99", "284079999999999"]);
                self.checked(form, checks::fr_nir)
            }
            "es-dni" => {
                let form = self.pick(&["99999999A", "X9999999A", "Y9999999A"]);
                self.coded(form, checks::es_dni)
            }
            "it-codice-fiscale" => self.coded("RSSMRA85T10A999A", checks::it_fiscal),
            "nl-bsn" => self.checked("299999999", checks::nl_bsn),
            "pl-pesel" => self.checked("85129999999", checks::pl_pesel),
            "se-personnummer" => {
                let form = self.pick(&["850312-9999", "19850312-9999"]);
                self.checked(form, checks::se_personal)
            }
            "be-national-number" => self.checked("85.07.30-999.99", checks::be_national),
            "br-cpf" => self.checked("999.999.999-99", checks::br_cpf),
            "in-aadhaar" => {
                let form = self.pick(&["2999 9999 9999", "399999999999"]);
                self.checked(form, checks::in_aadhaar)
            }
            "in-pan" => self.coded("AAAPA9999A", checks::in_pan),
            "sg-nric" => self.coded("S8999999A", checks::sg_nric),
            "au-tfn" => self.checked("999 999 999", checks::au_tfn),
            "au-medicare" => self.checked("2999 99999 9", checks::au_medicare),
            "ca-sin" => {
                let form = self.pick(&["199 999 999", "199999999", "199-999-999"]);
                self.checked(form, checks::ca_sin)
            }
            "kr-rrn" => self.checked("850312-1999999", checks::kr_rrn),
            "dk-cpr" => self.checked("120385-9999", checks::dk_cpr),
            "fi-hetu" => self.coded("120385-999A", checks::fi_hetu),
            "no-birth-number" => self.checked("12038599999", checks::no_birth),
            "ch-ahv" => {
                let form = self.pick(&["756.9999.9999.99", "7569999999999"]);
                self.checked(form, checks::ch_ahv)
            }
            "at-svnr" => self.checked("9999 120385", checks::at_svnr),
            "ie-pps" => self.coded("9999999AA", checks::ie_pps),
            "pt-nif" => self.checked("299999999", checks::pt_nif),
            "jp-my-number" => self.checked("999999999999", checks::jp_my_number),
            "cn-resident-id" => {
                let form = self.pick(&["110105198503129999", "31010119900612999X"]);
                self.coded(form, checks::cn_resident)
            }
            "mx-curp" => self.coded("GOML850312MDFRRR99", checks::mx_curp),
            "za-id" => self.checked("8503129999089", checks::za_id),
            "passport" => {
                let form = self.pick(&["C99X99T99", "999999999", "X9999999", "AA9999999"]);
                self.form(form)
            }
            "licence" => {
                let form = self.pick(&["D999-9999-9999", "A9999999", "B99AA999999"]);
                self.form(form)
            }
            "date" => {
                let (year, month, day) = self.date();
                let name = ["January", "March", "May", "July", "August", "October"]
                    [usize::try_from(month / 2).expect("small").min(5)];
                match self.below(5) {
                    0 => format!("{year}-{month:02}-{day:02}"),
                    1 => format!("{day:02}.{month:02}.{year}"),
                    2 => format!("{month}/{day}/{year}"),
                    3 => format!("{day} {name} {year}"),
                    _ => format!("{year:04}{month:02}{day:02}"),
                }
            }
            "address" => {
                let number = 1 + self.below(180);
                match self.below(5) {
                    0 => format!("{number} Maple Avenue"),
                    1 => format!("Lindenallee {number}"),
                    2 => format!("Hauptstraße {number}"),
                    3 => format!("{number} rue Victor Hugo"),
                    _ => format!("{number} Oak Street"),
                }
            }
            "record-number" => {
                let form = self.pick(&["99999999", "A99999999", "999999"]);
                self.form(form)
            }
            "insurance-number" => {
                let form = self.pick(&["AAA999999999", "A999999999", "9999999999"]);
                self.form(form)
            }
            other => panic!("no values of {other}"),
        }
    }
}
