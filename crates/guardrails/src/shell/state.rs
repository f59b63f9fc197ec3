//! What a shell knows: its folder, variables, functions, arguments.

use crate::shell::ast;
use crate::value::Value;
use protocol::facts::Base;
use protocol::{AbsPath, Why};
use std::collections::HashMap;
use std::ops::{Deref, DerefMut};
use std::rc::Rc;

/// A value that is shared until one of its holders changes it: every branch, pipeline and subshell keeps the state from
/// before, and few of them change much of it.
#[derive(Debug, Default)]
pub(crate) struct Shared<T>(Rc<T>);

impl<T> Clone for Shared<T> {
    fn clone(&self) -> Self {
        Self(Rc::clone(&self.0))
    }
}

impl<T> Shared<T> {
    fn is(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl<T> Deref for Shared<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

/// Writing through it makes the value this holder's own first.
impl<T: Clone> DerefMut for Shared<T> {
    fn deref_mut(&mut self) -> &mut T {
        Rc::make_mut(&mut self.0)
    }
}

pub(crate) type Shell = Shared<State>;

#[derive(Clone, Debug)]
pub(crate) struct State {
    pub cwd: Value,
    pub previous: Value,
    pub stack: Vec<Value>,
    /// One value for a scalar, more for an array.
    pub variables: Shared<HashMap<Vec<u8>, Vec<Value>>>,
    pub functions: Shared<HashMap<Vec<u8>, Function>>,
    pub aliases: Shared<HashMap<Vec<u8>, Vec<u8>>>,
    pub positional: Vec<Value>,
    pub home: Option<AbsPath>,
    user: Option<Rc<[u8]>>,
    temporary: Rc<[u8]>,
    /// `exit` was reached for sure.
    pub ended: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct Function {
    pub body: Rc<ast::Command>,
    pub called: Rc<std::cell::Cell<bool>>,
}

impl Shell {
    pub(crate) fn new(base: &Base) -> Self {
        Self(Rc::new(State {
            cwd: Value::text(base.cwd.bytes()),
            previous: Value::Unknown(Why::Variable),
            stack: Vec::new(),
            variables: Shared::default(),
            functions: Shared::default(),
            aliases: Shared::default(),
            positional: Vec::new(),
            home: base.home.clone(),
            user: base.user.as_ref().map(|name| Rc::from(name.as_bytes())),
            temporary: Rc::from(base.temporary.first().map_or(&b"/tmp"[..], AbsPath::bytes)),
            ended: false,
        }))
    }

    /// The shell of another host or a container: its folder is not known; its home is taken to lie where ours does.
    pub(crate) fn elsewhere(base: &Base) -> Self {
        let mut shell = Self::new(base);
        shell.cwd = Value::Unknown(Why::Unseen);
        shell.user = None;
        shell
    }

    /// The state behind a branch that may have been taken, `other` being the one where it was not.
    pub(crate) fn merge(&mut self, other: &Self) {
        if !self.is(other) {
            State::merge(self, other);
        }
    }
}

impl State {
    pub(crate) fn get(&self, name: &[u8]) -> Option<Value> {
        if let Some(values) = self.variables.get(name) {
            return values.first().cloned();
        }
        match name {
            b"HOME" => self.home.as_ref().map(|home| Value::text(home.bytes())),
            b"PWD" => Some(self.cwd.clone()),
            b"OLDPWD" => Some(self.previous.clone()),
            b"TMPDIR" => Some(Value::text(&self.temporary)),
            b"USER" | b"LOGNAME" => self.user.as_deref().map(Value::text),
            b"XDG_CONFIG_HOME" => self.below_home(b"/.config"),
            b"XDG_DATA_HOME" => self.below_home(b"/.local/share"),
            b"XDG_STATE_HOME" => self.below_home(b"/.local/state"),
            b"XDG_CACHE_HOME" => self.below_home(b"/.cache"),
            b"XDG_RUNTIME_DIR" => Some(Value::Pattern { glob: b"/run/user/*".to_vec(), floating: false }),
            b"IFS" => Some(Value::text(b" \t\n")),
            // What the shell was started as; a script that is known sets it.
            b"0" => Some(Value::Unknown(Why::Unstated)),
            b"#" => Some(Value::Known(self.positional.len().to_string().into_bytes())),
            _ => {
                let number: usize = std::str::from_utf8(name).ok()?.parse().ok()?;
                self.positional.get(number.checked_sub(1)?).cloned()
            }
        }
    }

    /// A folder where the desktop's own variables lead unless they are set.
    fn below_home(&self, folder: &[u8]) -> Option<Value> {
        self.home.as_ref().map(|home| Value::Known([home.bytes(), folder].concat()))
    }

    pub(crate) fn set(&mut self, name: &[u8], value: Value) {
        match name {
            // What the shell itself keeps; assigning to it does not move it.
            b"PWD" | b"OLDPWD" => {}
            b"HOME" => {
                self.home = value.known().map(AbsPath::normal);
                self.variables.insert(name.to_vec(), vec![value]);
            }
            _ => {
                self.variables.insert(name.to_vec(), vec![value]);
            }
        }
    }

    /// Goes to a folder.
    pub(crate) fn change_folder(&mut self, to: Value) {
        self.previous = std::mem::replace(&mut self.cwd, to);
    }

    fn merge(&mut self, other: &Self) {
        if self.cwd != other.cwd {
            self.cwd = Value::Unknown(Why::Variable);
        }
        if !self.variables.is(&other.variables) {
            for (name, values) in &mut *self.variables {
                // A variable that was not set in this call keeps what the branch gave it: as `${X:-value}` does.
                if let Some(before) = other.variables.get(name)
                    && before != values
                {
                    *values = vec![Value::Unknown(Why::Variable)];
                }
            }
            for (name, values) in &*other.variables {
                if !self.variables.contains_key(name) {
                    self.variables.insert(name.clone(), values.clone());
                }
            }
        }
        self.ended = self.ended && other.ended;
    }
}
