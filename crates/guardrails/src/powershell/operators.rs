//! Expressions: what they are worth, as far as that is known.

use super::ast::{Expr, Operator, Suffix};
use super::datum::{Datum, MAX_ITEMS, joined};
use crate::value::{Flow, Value};
use crate::walker::Walker;
use protocol::Why;

impl Walker<'_> {
    pub(super) fn value_of(&mut self, expression: &Expr) -> Datum {
        if !self.step() {
            return Datum::unknown();
        }
        match expression {
            Expr::Bare(text) | Expr::Text(text) => Datum::text(text),
            Expr::Joined(parts) => {
                let mut out = Value::Known(Vec::new());
                let mut flow = None;
                for part in parts {
                    let part = self.value_of(part);
                    if let Datum::Flow(inner) = &part {
                        flow.get_or_insert_with(|| inner.clone());
                    }
                    out.append(&part.value());
                    self.spend(out.written().map_or(0, |text| text.len() / 256));
                }
                match (flow, &out) {
                    // A text around what a download or a file gave is what it gave.
                    (Some(flow @ (Flow::Download(_) | Flow::Files(_) | Flow::Secret(_) | Flow::Decoded)), _) => {
                        Datum::Object(b"text".to_vec(), vec![Datum::Flow(flow), Datum::Text(out)])
                    }
                    _ => Datum::Text(out),
                }
            }
            Expr::Variable(name) | Expr::Splat(name) => self.value_named(name),
            Expr::Type(name) => Datum::Object([b"type:", name.as_slice()].concat(), Vec::new()),
            Expr::Cast(types, value) => {
                let value = self.value_of(value);
                cast(types, value)
            }
            Expr::Group(block) => self.deeper(|walker| walker.block(block)).unwrap_or_else(Datum::unknown),
            Expr::List(list) => {
                let mut out = Vec::with_capacity(list.len());
                for item in list.iter().take(MAX_ITEMS) {
                    out.push(self.value_of(item));
                }
                Datum::List(out)
            }
            Expr::Table(pairs) => {
                let mut out = Vec::with_capacity(pairs.len());
                for (name, value) in pairs.iter().take(256) {
                    let name = self.value_of(name).known().unwrap_or_default().to_ascii_lowercase();
                    let group = std::slice::from_ref(value);
                    out.push((name, self.statements_of(group)));
                }
                Datum::Table(out)
            }
            Expr::Code(block) => Datum::Code(block.clone()),
            Expr::Suffixed(base, suffixes) => self.suffixed(base, suffixes),
            Expr::Not(value) => {
                self.value_of(value);
                Datum::unknown()
            }
            Expr::Unary(operator, value) => {
                let value = self.value_of(value);
                match operator {
                    Operator::Join => Datum::Text(joined(&value.items(), b"")),
                    _ => split(&value, b" "),
                }
            }
            Expr::Binary(first, more) => {
                let mut value = self.value_of(first);
                for (operator, operand) in more {
                    let operand = self.value_of(operand);
                    let size = |datum: &Datum| datum.value().written().map_or(1, <[u8]>::len);
                    self.spend((size(&value) + size(&operand)) / 128);
                    value = apply(*operator, value, operand);
                }
                value
            }
        }
    }

    fn suffixed(&mut self, base: &Expr, suffixes: &[Suffix]) -> Datum {
        let mut value = self.value_of(base);
        for suffix in suffixes {
            value = match suffix {
                Suffix::Index(index) => {
                    let index = self.value_of(index);
                    indexed(&value, &index)
                }
                Suffix::Member(name) => {
                    let name = self.value_of(name).known().unwrap_or_default();
                    self.member(value, &name.to_ascii_lowercase())
                }
                Suffix::Call(name, arguments) => {
                    let name = self.value_of(name).known().unwrap_or_default().to_ascii_lowercase();
                    let mut given = Vec::with_capacity(arguments.len());
                    for argument in arguments.iter().take(64) {
                        given.push(self.value_of(argument));
                    }
                    // What is read from elsewhere is not known.
                    if matches!(name.as_slice(), b"read" | b"receive" | b"readasync")
                        && let Some(Expr::Variable(variable)) = arguments.first()
                    {
                        self.set_variable(variable, Datum::unknown());
                    }
                    // A list that is turned round in its place.
                    if name == b"reverse"
                        && let (Some(Expr::Variable(variable)), Some(Datum::List(items))) =
                            (arguments.first(), given.first())
                    {
                        let mut items = items.clone();
                        items.reverse();
                        self.set_variable(variable, Datum::List(items));
                    }
                    self.call_member(value, &name, given)
                }
            };
        }
        value
    }
}

pub(super) fn cast(types: &[Vec<u8>], value: Datum) -> Datum {
    let mut value = value;
    for name in types.iter().rev() {
        value = match name.as_slice() {
            b"char" => each_char(value),
            b"char[]" => match value.known() {
                Some(text) => characters(&text),
                None => Datum::of_items(value.items().into_iter().map(each_char).collect()),
            },
            b"string" => Datum::Text(value.value()),
            b"int" | b"int32" | b"long" | b"int64" | b"byte" => match value.known().as_deref() {
                // A character's number.
                Some([one]) if !one.is_ascii_digit() => Datum::number(i64::from(*one)),
                _ => value,
            },
            b"scriptblock" => Datum::Object(b"scriptblock".to_vec(), vec![value]),
            b"wmiclass" | b"management.managementclass" | b"wmi" | b"adsi" => {
                let class = value.known().unwrap_or_default().to_ascii_lowercase();
                Datum::Object([b"wmi:", class.as_slice()].concat(), Vec::new())
            }
            b"void" => Datum::Null,
            b"array" => Datum::List(value.items()),
            _ => value,
        };
    }
    value
}

/// A number as the character that it stands for.
fn each_char(value: Datum) -> Datum {
    if let Datum::List(items) = value {
        return Datum::List(items.into_iter().map(each_char).collect());
    }
    let number = value.as_number().and_then(|number| u32::try_from(number).ok()).and_then(char::from_u32);
    match number {
        Some(one) if value.known().is_some_and(|text| text.len() > 1) => {
            Datum::text(one.encode_utf8(&mut [0; 4]).as_bytes())
        }
        _ => value,
    }
}

fn characters(text: &[u8]) -> Datum {
    Datum::List(text.iter().take(MAX_ITEMS).map(|byte| Datum::text(&[*byte])).collect())
}

pub(super) fn sum(a: Datum, b: Datum) -> Datum {
    match (a, b) {
        (Datum::Null, b) => b,
        (Datum::List(mut items), b) => {
            items.extend(b.items());
            items.truncate(MAX_ITEMS);
            Datum::List(items)
        }
        (Datum::Table(mut pairs), Datum::Table(more)) => {
            pairs.extend(more);
            Datum::Table(pairs)
        }
        (a, b) => {
            let both_numbers = a.as_number().zip(b.as_number());
            if let Some(sum) = both_numbers.and_then(|(a, b)| a.checked_add(b)) {
                return Datum::number(sum);
            }
            let carried = [&a, &b].into_iter().find_map(|one| match one {
                Datum::Flow(flow @ (Flow::Download(_) | Flow::Files(_) | Flow::Secret(_) | Flow::Decoded)) => {
                    Some(flow.clone())
                }
                Datum::Object(_, _) => match one.flow() {
                    Flow::Output => None,
                    flow => Some(flow),
                },
                _ => None,
            });
            let mut text = a.value();
            text.append(&b.value());
            if text.written().is_some_and(|text| text.len() > 64 * 1024) {
                return Datum::Text(Value::Unknown(Why::TooBig));
            }
            match carried {
                Some(flow) => Datum::Object(b"text".to_vec(), vec![Datum::Flow(flow), Datum::Text(text)]),
                None => Datum::Text(text),
            }
        }
    }
}

fn apply(operator: Operator, value: Datum, operand: Datum) -> Datum {
    match operator {
        Operator::Add => sum(value, operand),
        Operator::Times => match (value.known(), operand.as_number()) {
            (Some(text), Some(times)) if (0..=1024).contains(&times) && text.len() < 64 => match value.as_number() {
                Some(number) => Datum::number(number.saturating_mul(times)),
                None => Datum::text(&text.repeat(usize::try_from(times).unwrap_or(0))),
            },
            _ => Datum::unknown(),
        },
        Operator::Range => match value.as_number().zip(operand.as_number()) {
            Some((from, to)) if from.abs_diff(to) < 1024 => {
                let up = (from.min(to)..=from.max(to)).map(Datum::number);
                let mut items: Vec<Datum> = up.collect();
                if from > to {
                    items.reverse();
                }
                Datum::List(items)
            }
            _ => Datum::unknown(),
        },
        Operator::Format => Datum::Text(formatted(&value, &operand)),
        Operator::Replace => {
            let items = operand.items();
            let from = items.first().and_then(Datum::known);
            let to = items.get(1).map_or(Some(Vec::new()), Datum::known);
            each_text(value, |text| match (&from, &to) {
                (Some(from), Some(to)) => replaced(text, from, to),
                _ => None,
            })
        }
        Operator::Join => match operand.known() {
            Some(between) => Datum::Text(joined(&value.items(), &between)),
            None => Datum::unknown(),
        },
        Operator::Split => match operand.items().first().and_then(Datum::known) {
            Some(between) => split(&value, &between),
            None => Datum::unknown(),
        },
        Operator::Xor => match value.as_number().zip(operand.as_number()) {
            Some((a, b)) => Datum::number(a ^ b),
            None => Datum::unknown(),
        },
        Operator::Is => Datum::unknown(),
        // A comparison of lists keeps some of them; else it is a truth.
        Operator::Other => match value {
            Datum::Null => operand,
            Datum::Flow(flow @ Flow::Paths { .. }) => Datum::Flow(flow.filtered()),
            _ => match operand {
                // The other side of `a ? b : c` and `a ?? b`.
                Datum::Code(_) | Datum::Flow(_) => operand,
                _ => Datum::unknown(),
            },
        },
    }
}

/// The text of each item, changed.
fn each_text(value: Datum, change: impl Fn(&[u8]) -> Option<Vec<u8>> + Copy) -> Datum {
    match value {
        Datum::List(items) => Datum::List(items.into_iter().map(|item| each_text(item, change)).collect()),
        Datum::Flow(flow) => Datum::Flow(match flow {
            Flow::Text(text) => change(&text).map_or(Flow::Output, Flow::Text),
            other => other,
        }),
        other => match other.known().and_then(|text| change(&text)) {
            Some(text) => Datum::text(&text),
            None => Datum::unknown(),
        },
    }
}

/// Replaces a text that has no signs of a pattern but escaped ones and single-letter classes like `[.]`.
pub(super) fn replaced(text: &[u8], from: &[u8], to: &[u8]) -> Option<Vec<u8>> {
    let mut plain = Vec::with_capacity(from.len());
    let mut rest = from.iter();
    while let Some(&byte) = rest.next() {
        match byte {
            b'\\' => match rest.next() {
                Some(b) if !b.is_ascii_alphanumeric() => plain.push(*b),
                _ => return None,
            },
            b'.' | b'*' | b'+' | b'?' | b'(' | b')' | b'[' | b']' | b'{' | b'}' | b'|' | b'^' | b'$' => return None,
            _ => plain.push(byte),
        }
    }
    plain_replaced(text, &plain, to, true)
}

pub(super) fn plain_replaced(text: &[u8], from: &[u8], to: &[u8], any_case: bool) -> Option<Vec<u8>> {
    if from.is_empty() {
        return Some(text.to_vec());
    }
    let (searched, sought) =
        if any_case { (text.to_ascii_lowercase(), from.to_ascii_lowercase()) } else { (text.to_vec(), from.to_vec()) };
    let mut out = Vec::with_capacity(text.len());
    let mut at = 0;
    for found in memchr::memmem::find_iter(&searched, &sought) {
        out.extend_from_slice(text.get(at..found).unwrap_or_default());
        out.extend_from_slice(to);
        at = found + from.len();
        if out.len() > 64 * 1024 {
            return None;
        }
    }
    out.extend_from_slice(text.get(at..).unwrap_or_default());
    Some(out)
}

pub(super) fn split(value: &Datum, between: &[u8]) -> Datum {
    let between = match between {
        [b'\\', rest @ ..] => rest,
        b"[,]" => b",",
        other => other,
    };
    let Some(text) = value.known() else { return value.clone() };
    if between.is_empty() {
        return characters(&text);
    }
    let mut out = Vec::new();
    let mut at = 0;
    for found in memchr::memmem::find_iter(&text, between).take(MAX_ITEMS) {
        out.push(Datum::text(text.get(at..found).unwrap_or_default()));
        at = found + between.len();
    }
    out.push(Datum::text(text.get(at..).unwrap_or_default()));
    Datum::List(out)
}

/// `'{1}{0}' -f 'b', 'a'`.
pub(super) fn formatted(value: &Datum, operand: &Datum) -> Value {
    let Some(form) = value.known() else { return Value::Unknown(Why::Variable) };
    let items = operand.clone().items();
    let mut out = Value::Known(Vec::new());
    let mut rest = form.as_slice();
    while let Some(at) = memchr::memchr2(b'{', b'}', rest) {
        out.append(&Value::text(rest.get(..at).unwrap_or_default()));
        let tail = rest.get(at + 1..).unwrap_or_default();
        if tail.first() == rest.get(at) {
            out.append(&Value::text(rest.get(at..=at).unwrap_or_default()));
            rest = tail.get(1..).unwrap_or_default();
            continue;
        }
        let digits = tail.iter().take_while(|b| b.is_ascii_digit()).count();
        let number = std::str::from_utf8(tail.get(..digits).unwrap_or_default())
            .ok()
            .and_then(|text| text.parse::<usize>().ok());
        let close = memchr::memchr(b'}', tail).map_or(tail.len(), |at| at + 1);
        match number.and_then(|number| items.get(number)) {
            Some(item) => out.append(&item.value()),
            None => out.append(&Value::Unknown(Why::Variable)),
        }
        if out.written().is_some_and(|text| text.len() > 64 * 1024) {
            return Value::Unknown(Why::TooBig);
        }
        rest = tail.get(close..).unwrap_or_default();
    }
    out.append(&Value::text(rest));
    out
}

/// `$text[4,24,25]`, `$list[0]`, `$text[-1..-5]`, `$table['x']`.
fn indexed(value: &Datum, index: &Datum) -> Datum {
    let one = |number: i64| -> Datum {
        let place = |length: usize| {
            let length = i64::try_from(length).unwrap_or(i64::MAX);
            usize::try_from(if number < 0 { length.saturating_add(number) } else { number }).ok()
        };
        match value {
            Datum::List(items) => place(items.len()).and_then(|at| items.get(at)).cloned().unwrap_or_default(),
            Datum::Text(Value::Known(text)) => {
                place(text.len()).and_then(|at| text.get(at)).map_or(Datum::Null, |byte| Datum::text(&[*byte]))
            }
            other => other.clone(),
        }
    };
    if let Datum::Table(_) = value {
        let name = index.known().unwrap_or_default().to_ascii_lowercase();
        return value.field(&name).cloned().unwrap_or_default();
    }
    match index {
        Datum::List(list) => Datum::List(list.iter().filter_map(Datum::as_number).map(one).collect()),
        single => match single.as_number() {
            Some(number) => one(number),
            None if matches!(value, Datum::Flow(_)) => value.clone(),
            None => Datum::unknown(),
        },
    }
}
