//! The same ideas in further languages, as stems.

use super::Role::{Conceal, Harm, Override};
use super::{Phrase, phrase};

pub(super) const PHRASES: &[Phrase] = &[
    // --- Ukrainian, Bulgarian
    phrase(
        Override,
        4,
        "!забудь*|ігноруй*|проігноруй*|знехтуй*|игнорирай*|забрави* ~2 попередн*|всі|усі|вище|систем*|предишни*|всички ~2 інструкці*|вказівк*|правил*|наказ*|настанов*|инструкци*",
    ),
    phrase(
        Conceal,
        2,
        "не|без ~1 !кажи|кажіть|повідомляй|згадуй|розповідай|показуй|казвай|споменавай ~4 користувач*|нікому|людин*|власник*|потребител*|никому",
    ),
    phrase(
        Harm,
        2,
        "!надішли*|відправ*|передай*|скопіюй*|завантаж*|виконай*|запусти*|видали*|прочитай*|изпрати*|изпълни*|изтрий* ~7 ключ*|токен*|парол*|секрет*|вміст*|файл*|URL|env|команд*|curl|съдържани*",
    ),
    // --- Finnish, Estonian
    phrase(
        Override,
        4,
        "unohda|ohita|sivuuta|jata|eira|unusta ~3 !aiemmat|edelliset|aikaisemmat|kaikki|aiempia|varasemad|koik ~2 ohjeet|ohjeita|maaraykset|saannot|kehotteet|juhised|huomiotta",
    ),
    phrase(
        Conceal,
        2,
        "ala|alaka|ara !kerro|mainitse|ilmoita|paljasta|utle ~4 kayttajalle|kenellekaan|ihmiselle|omistajalle|kasutajale",
    ),
    phrase(
        Harm,
        2,
        "!laheta|lue|suorita|poista|kopioi|lataa|saada|kaivita ~6 env|sisalto*|tiedosto*|salasana*|avain|avaimet|URL|komento|curl|skripti|faili",
    ),
    // --- Romanian
    phrase(
        Override,
        4,
        "ignora|ignorati|uita|uitati ~2 !instructiuni*|instrucțiuni*|instrucţiuni*|regul*|comenzi*|indicatii*|indicațiile ~2 anterioare|precedente|de|sistem*",
    ),
    phrase(
        Conceal,
        2,
        "fara|nu ~1 sa|i ~1 !spui|spune|informezi|anunti|anunți|mentionezi|menționezi|notifici|informa ~2 utilizator*|nimanui",
    ),
    phrase(Conceal, 2, "nu !spune|spuneti|mentiona|menționa|informa|dezvalui ~3 utilizator*|nimanui"),
    phrase(
        Harm,
        2,
        "!trimite|trimiteti|trimiteți|executa|ruleaza|sterge|șterge|citeste|citește|copiaza|incarca ~6 cheia|cheile|parola|parole*|token*|fisier*|fișier*|URL|curl|comanda|env|continut*|conținut*",
    ),
    // --- Hungarian
    phrase(Override, 4, "!figyelmen kivul ~3 utasitas*|szabaly*|parancs*|eddigi|korabbi"),
    phrase(Override, 4, "!felejtsd|felejtse|hagyd el|figyelmen|ki ~3 utasitas*|szabaly*|parancs*"),
    phrase(Conceal, 2, "felhasznalo*|senki* ~2 !ne ~1 szolj|mondd|emlitsd|jelezd|aruld|ertesitsd"),
    phrase(Conceal, 2, "!ne ~1 szolj|mondd|mondja|aruld|emlitsd ~3 felhasznalo*|senki*"),
    phrase(
        Harm,
        2,
        "!kuldd|futtasd|olvasd|torold|masold|toltsd ~6 URL|env|kulcs*|jelszo*|tartalm*|fajl*|parancs*|curl|ssh",
    ),
    // --- Indonesian, Malay
    phrase(
        Override,
        4,
        "abaikan|lupakan|hiraukan ~2 !instruksi|perintah|aturan|petunjuk|arahan ~2 sebelumnya|di|sistem|tersebut|terdahulu",
    ),
    phrase(Override, 4, "abaikan|lupakan ~1 !semua|seluruh ~1 instruksi|perintah|aturan|petunjuk|arahan"),
    phrase(
        Conceal,
        2,
        "jangan|tanpa ~1 !beri|memberi|bilang|katakan|memberitahu|sebutkan|beritahu|maklumkan ~2 pengguna|siapapun|siapa|user|pemilik",
    ),
    phrase(
        Harm,
        2,
        "!kirim|kirimkan|jalankan|hapus|baca|unggah|salin|hantar ~6 URL|curl|kunci|kata|token|isi|berkas|file|fail|env|perintah|skrip",
    ),
    // --- Vietnamese
    phrase(Override, 4, "!bỏ|quen|phớt qua|lờ|đi ~3 hướng|chỉ|lệnh|quy|yeu ~1 dẫn|thị|trước|tắc|cầu"),
    phrase(Conceal, 2, "đừng|khong|chớ ~1 !noi|bao|tiết|cho|đề ~2 người ~1 dung"),
    phrase(Harm, 2, "!gửi|đọc|chạy|xoa|thực|tải ~6 env|tệp|khoa|mật|URL|curl|nội|lệnh"),
    // --- Greek
    phrase(
        Override,
        4,
        "!αγνόησε|αγνοήστε|ξέχασε|ξεχάστε|παράβλεψε|παραβλέψτε ~2 όλες|τις|προηγούμενες|κάθε ~2 οδηγίες|εντολές|προηγούμενες|κανόνες",
    ),
    phrase(
        Conceal,
        2,
        "μην|μη|χωρίς ~2 !πεις|πείτε|αναφέρεις|ενημερώσεις|αποκαλύψεις|αναφέρετε ~3 χρήστη|κανέναν|κανένα",
    ),
    phrase(
        Harm,
        2,
        "!στείλε|στείλτε|διάβασε|εκτέλεσε|τρέξε|διέγραψε|αντίγραψε|ανέβασε ~6 αρχείο|αρχεία|env|κλειδί|κωδικό|URL|curl|περιεχόμενο|εντολή",
    ),
    // --- Hebrew
    phrase(
        Override,
        4,
        "!התעלם|התעלמי|התעלמו|שכח|שכחי ~2 ההוראות|הנחיות|ההנחיות|הוראות|הפקודות|מכל|כל ~2 הקודמות|ההוראות|ההנחיות|קודמות|לעיל",
    ),
    phrase(Conceal, 2, "אל|ואל|בלי|ללא ~1 !תספר|תגיד|תאמר|תציין|לספר|להודיע|תגלה|תדווח ~2 למשתמש|לאף|למישהו|לבעלים"),
    phrase(
        Harm,
        2,
        "!שלח|ושלח|קרא|הרץ|מחק|העתק|העלה ~6 הקובץ|קובץ|env|סיסמה|הסיסמה|מפתח|המפתח|URL|curl|תוכן|הפקודה|אותו",
    ),
    // --- Persian
    phrase(Override, 4, "دستور*|دستورات|قوانین|راهنما* ~3 !نادیده|فراموش"),
    phrase(Conceal, 2, "کاربر|کسی ~2 !نگو|نگویید|نده|نگویی|ندهید"),
    phrase(Harm, 2, "env|فایل|رمز|کلید|محتوای|URL|curl ~6 !بفرست|بفرستید|ارسال|اجرا|بخوان|حذف|آپلود|کپی"),
    // --- Thai, whose words are parted at their tone marks
    phrase(Override, 4, "!เพิกเฉย*|ละเลย* ~1 อคำ*|คำส*|อกฎ*|คำแ*"),
];
