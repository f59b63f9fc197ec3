//! Classes of words that patterns name in capitals, so that an idea is written once for all its words.

/// A class and its words, written as the choices of a pattern are.
pub(in crate::content::injection) const CLASSES: &[(&str, &str)] = &[
    // Words that mean a model and nothing else.
    (
        "AI",
        "ai|ais|llm|llms|gpt|gpts|chatgpt|chatbot|chatbots|claude|copilot|gemini|codex|devin|aider|windsurf|grok|genai|openai|anthropic|gptbot|claudebot|cline|cody",
    ),
    // Words that mean one where it reads, or is called on.
    (
        "AGENT",
        "agent|agents|assistant|assistants|bot|bots|model|models|crawler|crawlers|summarizer|summarizers|summariser|summarisers|reviewer|reviewers|translator|robot|robots|copilots|subagent|subagents",
    ),
    // Things that nobody should have.
    (
        "SECRET",
        "secret|secrets|token|tokens|credential|credentials|password|passwords|passphrase|passphrases|apikey|apikeys|env|ssh|cookie|cookies|wallet|wallets|seed|mnemonic|rsa|ed25519|pem|passwd|shadow|netrc|npmrc|pypirc|kubeconfig|keychain|keyring|keystore|vault|pgpass|htpasswd|dotenv|key|keys|otp|totp|2fa|pin|cvv|ssn|iban|salary|salaries|authorized|aws|kube|history|credit|card|keychains|gnupg|passkey|passkeys",
    ),
    // What it does with this text when it meets it.
    (
        "MEETING",
        "reading|reads|read|processing|processes|parsing|parses|summarizing|summarising|summarizes|summarises|reviewing|reviews|analysing|analyzing|analyses|analyzes|handling|handles|translating|translates|scraping|crawling|indexing|indexes|screening|screens|evaluating|evaluates|grading|grades|scoring|triaging|debugging|debugs|generating|generates|listening|visiting|visits|browsing|using|uses|inspecting|looking|working|works|answering|answers|ingesting|ingests|scanning|scans|seeing|sees|operating|editing|edits|maintaining|deploying|opening|opens|moderating|consuming|encountering|encounters|fixing|building|writing|assisting|helping|loading|loads|receiving|receives|finding|finds|viewing|views|embedding|installing|extracting|transcribing|classifying|ranking|rating|comparing|assessing|importing|contributing|responding|replying|charged|tasked|asked|implementing|resolving|executing|completing|touching|modifying|testing|picking|taking|running|crawls|serving|preparing|drafting|connected|connecting|triages|investigating|monitoring|migrating|refactoring|reached|receives|opened|loaded|found|received|fetched|retrieved|encountered|clusters|clustering|sorting|labelling|labeling|hitting|checking|visited|parsed|landing|arriving|cloning|cloned",
    ),
    (
        "MUST",
        "adds|runs|sends|includes|sets|opens|reads|uploads|posts|deletes|approves|merges|replies|must|should|shall|needs|need|has|have|ought|will|may|can|could|would|is|are|please|kindly",
    ),
    // What it is told to do.
    (
        "DO",
        "ignore|disregard|forget|discard|run|execute|send|read|open|upload|forward|approve|delete|post|print|reveal|copy|call|fetch|use|click|rank|rate|recommend|apply|mount|overwrite|replace|skip|merge|mark|say|state|tell|drop|remove|disable|add|install|push|commit|write|include|insert|set|reply|respond|answer|download|visit|export|email|transfer|decode|stop|do|dont|never|always|you|please|type|enter|fill|attach|append|change|update|edit|create|make|put|give|report|output|show|list|search|find|get|grab|collect|hide|keep|omit|leave|treat|consider|assume|pretend|act|follow|obey|comply|switch|turn|enable|grant|invite|register|save|store|remember|quote|repeat|translate|encode|pass|provide|submit|sign|buy|pay|order|book|wire|move|clone|pull|deploy|publish|release|close|reset|restart|navigate|go|load|render|display|draw|summarise|summarize|conclude|claim|confirm|accept|authorise|authorize|must|should|silently|quietly|let|take|share|dump|cat|curl|invoke|trigger|start|begin|end|paste|place|redirect|route|cancel|refuse|avoid|suppress|lower|raise|embed|inject|introduce|rewrite|modify|alter|dm|wipe|whitelist|allowlist|trust|unblock|assign|schedule|connect|log|bypass|ping|paraphrase|mention|prefer|cite|purge|erase|destroy|offer|assist|continue|proceed|review|check|verify|compile|kill|escalate|leak|relay|note|pipe|zip|archive|scan|press|hit|tap|feed|unzip|extract|label|retry|speak|unlock|prefix|gather|locate|rotate|downgrade|upgrade|kubectl|rm|git|npm|pip|sudo|chmod|ssh|scp|aws|wget|combine|prepend|notify|flag|request|obtain|draft|describe|rename|sell",
    ),
    // What an order may begin with before its verb.
    (
        "SAY",
        "first|before|when|if|as|to|also|just|simply|only|instead|kindly|your|this|the|i|we|it|my|whenever|once|after|while|for|there|from|now|in|at|on|have",
    ),
    // What may stand between `previous` and `instructions`.
    (
        "FILL",
        "and|or|the|your|any|all|system|developer|developers|user|users|security|safety|ai|chat|task|later|following|given|stated|listed|received|written|internal|confidential|hidden|context|conversation|other|existing|of|set|these|those|assistant|assistants|model|agent|standing|original|initial|operator|operators|strict|long|default|normal|moderation|content|policy|usage|ethical|company|corporate|trusted|human|secret|useless|old|prior|previous|earlier|above|formatting|subsequent|below|provided|embedded|behavioral|behavioural|core|built|in",
    ),
    // The person that it works for.
    (
        "PERSON",
        "user|users|human|humans|operator|operators|developer|developers|programmer|programmers|owner|owners|maintainer|maintainers|reviewer|reviewers|customer|customers|analyst|analysts|engineer|engineers|person|people|anyone|anybody|someone|nobody|author|chat|authors|client|clients|admin|admins|viewer|viewers|boss|employee|employees|patient|patients|candidate|applicant|recruiter|team|supervisor|manager",
    ),
    // Ways to let somebody know.
    (
        "LETKNOW",
        "tell|telling|mention|mentioning|inform|informing|reveal|revealing|disclose|disclosing|notify|notifying|alert|alerting|show|showing|report|reporting|explain|explaining|warn|warning|display|displaying|acknowledge|acknowledging|discuss|discussing|bother|bothering|describe|describing|surface|surfacing|highlight|highlighting|flag|flagging|announce|announcing|admit|admitting|expose|exposing|note|noting|raise|raising|communicate|communicating|consult|consulting|ask|asking|trouble|troubling|disturb|disturbing|alarm|alarming|narrate|comment|refer|referring|confirm|confirming|say|saying|speak|talk|point|log|logging|summarise|summarize",
    ),
    // What an agent knows or may reach.
    (
        "DATA",
        "content|contents|conversation|conversations|history|chat|chats|transcript|transcripts|context|prompt|prompts|memory|inbox|mailbox|mails|emails|messages|message|database|databases|table|tables|files|file|source|code|repository|workspace|environment|variables|document|documents|contacts|calendar|customer|customers|clipboard|session|sessions|screenshot|output|diff|config|configuration|settings|logs|notes|records|directory|folder|listing|invoices|schema|tree",
    ),
    // Ways to let it out.
    (
        "SEND",
        "send|sending|reply|replying|respond|responding|answer|answering|forward|forwarding|upload|uploading|post|posting|email|emailing|mail|mailing|exfiltrate|exfiltrating|transmit|transmitting|leak|leaking|submit|submitting|append|appending|include|including|attach|attaching|put|putting|embed|embedding|encode|encoding|copy|copying|paste|pasting|deliver|delivering|report|reporting|share|sharing|write|writing|add|adding|type|typing|enter|entering|fill|filling|insert|inserting|commit|committing|publish|publishing|hand|supply|quote|quoting|state|disclose|disclosing|expose|pipe|piping|pass|passing|provide|providing|push|place|store|save|sync|print|printing|output|dump|dumping|show|reveal|revealing|list|listing|tell|give|dm|read|hand|display|repeat|render|message|text|fax|broadcast|return|returning|relay|mirror|archive|export|import|log|echo|curl",
    ),
];
