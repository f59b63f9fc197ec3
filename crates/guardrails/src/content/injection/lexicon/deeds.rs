//! The phrases that ask for harm or steer the use of tools, in English.

use super::Role::{Configure, Harm, Steer};
use super::{Phrase, phrase};

pub(super) const PHRASES: &[Phrase] = &[
    // --- English: harm
    phrase(
        Harm,
        2,
        "send+|reply+|respond+|answer+|forward+|upload+|post+|email+|exfiltrat*|transmit*|leak+|submit+|append+|include+|attach+|put+|embed+|encode+|copy+|paste+|deliver+|report+|share+|write+|add+ ~6 !secret*|token*|credential*|password*|apikey*|keys|key|env|environment|ssh|cookies|conversation|history|prompt|wallet|seed|id_rsa|pem|passwd|shadow|database|customer*|inbox|emails|netrc",
    ),
    phrase(
        Harm,
        1,
        "!send+|share+|forward+|upload+|post|email+|mail+|exfiltrat*|transmit*|submit+|deliver+|pipe+|make+|issue+|push ~12 URL",
    ),
    phrase(
        Harm,
        2,
        "read+|open+|cat|print+|dump+|show+|output+|reveal*|display+|list+|return+|collect+|gather+|access+|load+|find+|locate+|search+|extract+|retrieve*|get|fetch+|grab+|harvest*|scan+|query+ ~5 !ssh|id_rsa|env|credential*|secret*|apikey*|password*|passwd|token*|wallet|kubeconfig|netrc|npmrc|pypirc|keychain|aws|keys|key|cookies|prompt|history|id_ed25519|shadow|salar*|customer*",
    ),
    phrase(
        Harm,
        2,
        "run+|execute+|eval+|invok*|launch+|start+|paste+|type+|use+|issue+ ~5 !curl|wget|bash|sh|zsh|powershell|iex|payload|npx|base64|sudo|exe|root",
    ),
    phrase(
        Harm,
        1,
        "run+|execute+|eval+|invok*|launch+|start+|paste+|type+|use+|issue+ ~5 !curl|wget|bash|sh|zsh|powershell|iex|command*|script*|payload|npx|base64|code|shell|terminal|sudo|python|node|binary|exe|installer|command|commands|without",
    ),
    phrase(Harm, 2, "!curl|wget ~14 sh|bash|zsh|python|python3|node|perl|d|data|env|post"),
    phrase(Harm, 2, "!rm rf|fr|r"),
    phrase(
        Harm,
        2,
        "!delete+|remove+|drop+|wipe+|erase+|destroy+|truncate+|purge+|overwrite+|encrypt+ ~3 all|every|everything|repository|repo|database|tables|backup*|home|evidence|production|users|logs|log",
    ),
    phrase(
        Harm,
        1,
        "!delete+|remove+|drop+|wipe+|erase+|destroy+|truncate+|purge+|overwrite+|encrypt+ ~3 all|every|everything|tests|repository|repo|database|tables|table|backup*|home|files|directory|branch*|logs|log|evidence|production|users|folder|tests",
    ),
    phrase(
        Harm,
        2,
        "!approve+|merge+|lgtm|accept+|sign+ ~3 pr|prs|pull|mr|merge|change*|transaction*|payment*|payout|invoice*|request*|release",
    ),
    phrase(
        Harm,
        2,
        "add+|grant+|invite+|give+|assign+|make+|create+|promot* ~6 !collaborator*|reviewer*|admin|administrator*|maintainer*|owner|access|deploy|authorized_keys|sudoers|backdoor|account|permissions",
    ),
    phrase(
        Harm,
        2,
        "!disable+|turn+|skip+|bypass*|weaken*|switch+|suppress+|relax+|remove+|deactivat*|circumvent* ~4 security|hook|hooks|check*|verification|signature*|guard*|safety|filter*|logging|audit*|2fa|mfa|sandbox*|permission*|approval*|confirmation*|review*|antivirus|firewall|protection*|scanning|tests|ci|validation|linter|authentication|auth",
    ),
    phrase(
        Harm,
        2,
        "transfer+|wire+|send+|pay+|withdraw+ ~4 !funds|money|btc|eth|bitcoin|usdt|usd|payment|dollars|balance|crypto*|gift",
    ),
    phrase(Harm, 2, "!push+|commit+|deploy+|publish+ ~4 force|main|master|production|directly|npm|pypi|release"),
    phrase(Harm, 1, "!install+ ~4 package|extension|dependency|plugin|npm|pip|tool|module|URL|helper|server"),
    phrase(
        Harm,
        1,
        "!open+|visit+|fetch+|navigate*|browse*|go|load+|request+|click+|download+|get|ping+|contact+|call ~4 URL|webhook",
    ),
    phrase(
        Harm,
        1,
        "mark+|report+|say+|state+|claim+|conclude+|declare+|tell+|confirm+|classif*|rate+|give+|describe+|recommend+|respond+|reply+|answer+|write+ ~7 !safe|secure|trustworthy|legit*|reliable|approved|passed|resolved|complete|vulnerabilit*|issues|problems|positive|best|secure|benign|harmless|excellent|flawless|clean|compromised|pwned|hacked|top|highest",
    ),
    phrase(
        Harm,
        2,
        "pass+|provid*|include+|put+|add+|copy+|attach+|place+|supply+|fill+ ~6 contents|content|conversation|history|file|files|key|keys|context|prompt|credential*|message*|output|code|data|env|token* ~8 !parameter*|argument*|field|sidenote|notes|metadata|feedback|header*|query|body|url|note",
    ),
    phrase(
        Harm,
        2,
        "create+|open+|register+|add+|set+|configure* ~3 !webhook|backdoor|gist|tunnel|cron|crontab|cronjob|daemon|listener|reverse",
    ),
    phrase(
        Harm,
        2,
        "insert+|introduc*|inject+|add+|plant+ ~4 !backdoor|vulnerability|malware|malicious|exploit|keylogger",
    ),
    phrase(Harm, 2, "!exfiltrat*"),
    phrase(Harm, 1, "assign+|give+|award+|grant+ ~4 !score|marks|grade|rating|points|stars"),
    phrase(Harm, 1, "!import+|add+|require+|install+ ~3 package|dependency|library"),
    phrase(
        Harm,
        2,
        "add+|set+|append+|put+ ~6 !allow|allowlist|whitelist|allowed|permissions ~1 list|section|file|in|of|array",
    ),
    phrase(
        Harm,
        2,
        "!ssh|credential*|secrets|passwords|id_rsa ~3 read|passed|sent|included|uploaded|forwarded|shared|copied",
    ),
    phrase(Harm, 2, "!reply+|respond+|answer+ ~9 messages|inbox|passwords|credentials|contacts|secrets"),
    phrase(
        Harm,
        2,
        "replace+|change+|swap+|set+|update+ ~3 !payment|wallet|recipient|iban|bank|payout|payee ~2 address|account|number|details",
    ),
    phrase(
        Harm,
        2,
        "call+|invoke+|use+|trigger+ ~3 !send|transfer|delete|exec|execute|write|payment|email|admin|shell|run ~4 tool|function|with|to|email|all|body|amount|database|funds|file",
    ),
    phrase(
        Harm,
        1,
        "call+|invoke+|use+|trigger+ ~4 !tool|function|endpoint ~1 with|and ~6 to|amount|recipient|all|key|token|url|account|share|send|URL",
    ),
    phrase(
        Harm,
        2,
        "post+|send+|output+|reply+|respond+|forward+|paste+|share+|write+|include+ ~6 !messages|inbox|context|contents|memory|files|summary|transcript|passwords|emails",
    ),
    phrase(
        Harm,
        1,
        "output|write|say|reply|print|respond|answer|begin|end ~3 !poem|pirate*|pwned|hacked|haha*|checks|passed|word|phrase|exactly|joke|only",
    ),
    phrase(Harm, 2, "!chmod|chown ~1 777|root|4755|s"),
    phrase(
        Harm,
        2,
        "respond+|reply+|output+|answer+|say+|print+|write+ ~1 !only|exactly|just|nothing with|but|the|pwned|hacked|owned|haha*",
    ),
    phrase(
        Configure,
        2,
        "edit+|modify+|update+|write+|append+|change+|add+|replace+|insert+|overwrite+|set ~7 !agents|claude|cursorrules|settings|hooks|bashrc|zshrc|crontab|authorized|mcp|permissions|workflow*|gitconfig|profile|rules|allowlist|config",
    ),
    // --- English: steering tools
    phrase(
        Steer,
        4,
        "!before|prior|whenever|until|unless ~2 use|using|call|calling|invok*|run|running|execut* ~1 any|all|every ~1 other|another ~1 tool*",
    ),
    phrase(
        Steer,
        2,
        "!before|prior|whenever|until|unless ~2 use|using|call|calling|invok*|run|running|execut* ~1 any|other|another|all|every|each ~1 tool*|function*|server*",
    ),
    phrase(Steer, 4, "!before|prior ~1 any|every|each|all ~1 other ~1 tool*"),
    phrase(Steer, 2, "use of ~3 !tool requires|require ~8 first|passed|before"),
    phrase(
        Steer,
        2,
        "must|always|first|should ~3 call|use|invoke|run|calling|using ~1 this !tool|function|server ~6 first|before|instead|prior|every|each|any|all|other",
    ),
    phrase(Steer, 2, "!instead of|use ~5 tool|function|server|tools ~5 use|call|invoke|always ~1 this"),
    phrase(
        Steer,
        2,
        "!not|never|dont|stop ~1 use|call|using|calling|invoke|trust ~3 other|another|built|builtin|native|default|original|any|the ~3 tool|tools|function|server",
    ),
    phrase(
        Steer,
        2,
        "this !tool|function|server replaces|supersedes|overrides|takes|must|is ~2 mandatory|required|precedence|called|used|replaces|preferred|always|the|over ~4 first|before|other|all|every|tools|tool|any|only",
    ),
    phrase(
        Steer,
        2,
        "tool|function|server|tools ~3 is|are|has|have ~2 !deprecated|broken|insecure|disabled|unsafe|vulnerable|compromised|obsolete ~8 use|call|this|instead",
    ),
    phrase(
        Steer,
        2,
        "when|whenever|if|every ~6 !tool|function|email*|message*|send_email|request|called|used|invoked ~4 also|additionally|bcc|cc|always|first|must|instead ~3 call|send|use|include|add|copy|forward|set|change|all|read|pass|invoke",
    ),
    // --- Deeds in further words
    phrase(
        Harm,
        2,
        "cat|read|open|print|send|copy|mount|reveal|dump|output|file|upload ~4 !passwd|shadow|history|sock|id_rsa|kube|kubeconfig|pypirc|npmrc|kaggle|netrc|docker ~2 and|to|run|into|as|config|json|sock|bash_history",
    ),
    phrase(
        Harm,
        2,
        "upload|send|post|copy|reveal|read|print|export|email|give ~4 !id_rsa|pypirc|npmrc|cookie|cookies|zsh_history|bash_history|transcript|transcripts|hosts|secrets|tokens|variables|workspace|variable|calendar|keys",
    ),
    phrase(Harm, 2, "decode|decrypt|unpack ~3 !execute|run|eval"),
    phrase(
        Harm,
        2,
        "delete|drop|remove|overwrite|erase|wipe ~3 !license|git|tests|audit*|security|repository|logs|branch|branches",
    ),
    phrase(
        Harm,
        2,
        "!disable|stop|turn|switch ~2 firewall|antivirus|permission|permissions|prompts|logging|confirmation|alarms|monitoring",
    ),
    phrase(Harm, 2, "respond|reply|answer|comment|finish|review with !approve|approved|lgtm"),
    phrase(Harm, 2, "!merge|approve|publish|deploy ~1 it|this|now|immediately"),
    phrase(
        Harm,
        2,
        "call|use|invoke|run ~1 !delete|drop|transfer|run_shell|run|send|wipe|exec|shell ~2 account|tool|shell|with",
    ),
    phrase(Harm, 2, "click|press|tap|choose|hit !confirm|transfer|pay|buy|approve|accept|delete"),
    phrase(Harm, 2, "run|commit|apply|push|merge|start|destroy ~5 !privileged|verify|mirror|approve|force"),
    phrase(Harm, 2, "!nc|ncat|netcat|socat ~8 e|sh|bash|exec"),
    phrase(Harm, 2, "kubectl|terraform|helm|docker|aws|gcloud !delete|destroy|uninstall|terminate"),
    phrase(
        Harm,
        2,
        "write|add|put|copy|append|install|include ~4 !script|key|backdoor|value|url|api|command ~12 hooks|pre|repo|fixture|workflow*|authorized_keys|ci|startup|key",
    ),
    phrase(Harm, 2, "add ~4 !cart|basket without|now"),
    phrase(Harm, 1, "!recommend|rank|rate|promote|prefer ~3 only|first|highest|best|this"),
    phrase(Harm, 2, "patch|change|edit|modify|make ~5 !return|public|0|pass|succeed"),
    phrase(Harm, 2, "use|enter|put|take ~2 !iban|wallet|account|address ~3 below|here|instead"),
    phrase(Harm, 2, "ufw|setenforce|iptables !disable|0|f"),
];
