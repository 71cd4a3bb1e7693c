namespace FissionGrpo.Fission.Diagnosis;

/// <summary>Whole numbers in the words of languages other than English. From 20 on: the shorter ones are words of other meanings elsewhere.</summary>
internal static class ForeignNumbers
{
    private static readonly string[] German =
    [
        "null", "ein", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun", "zehn", "elf", "zwölf", "dreizehn", "vierzehn", "fünfzehn", "sechzehn", "siebzehn",
        "achtzehn", "neunzehn",
    ];

    private static readonly string[] GermanTens = ["zwanzig", "dreißig", "vierzig", "fünfzig", "sechzig", "siebzig", "achtzig", "neunzig"];

    private static readonly string[] French =
    [
        "zéro", "un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "dix", "onze", "douze", "treize", "quatorze", "quinze", "seize", "dix-sept", "dix-huit",
        "dix-neuf",
    ];

    private static readonly string[] FrenchTens = ["vingt", "trente", "quarante", "cinquante", "soixante"];

    private static readonly string[] Spanish =
    [
        "cero", "uno", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve", "diez", "once", "doce", "trece", "catorce", "quince", "dieciséis", "diecisiete",
        "dieciocho", "diecinueve", "veinte", "veintiuno", "veintidós", "veintitrés", "veinticuatro", "veinticinco", "veintiséis", "veintisiete", "veintiocho", "veintinueve",
    ];

    private static readonly string[] SpanishTens = ["treinta", "cuarenta", "cincuenta", "sesenta", "setenta", "ochenta", "noventa"];

    private static readonly string[] SpanishHundreds =
        ["ciento", "doscientos", "trescientos", "cuatrocientos", "quinientos", "seiscientos", "setecientos", "ochocientos", "novecientos"];

    /// <summary>The number in German, French and Spanish; empty outside 20 to 999.</summary>
    public static IEnumerable<string> Spell(double number) => number is >= 20 and <= 999 && number == Math.Floor(number)
        ? [InGerman((int)number), InFrench((int)number), InSpanish((int)number)]
        : [];

    /// <summary>The number in Chinese characters, which Japanese shares; null outside 11 to 999.</summary>
    public static string? InCharacters(double number)
    {
        if (number is < 11 or > 999 || number != Math.Floor(number))
            return null;
        const string Digits = "〇一二三四五六七八九";
        var (hundreds, tens, ones) = ((int)number / 100, (int)number / 10 % 10, (int)number % 10);
        return (hundreds > 0 ? $"{Digits[hundreds]}百" : "")
            + (tens > 0 ? (tens == 1 && hundreds == 0 ? "十" : $"{Digits[tens]}十") : hundreds > 0 && ones > 0 ? "零" : "")
            + (ones > 0 ? Digits[ones] : "");
    }

    private static string InGerman(int n) => n switch
    {
        < 20 => German[n],
        < 100 => (n % 10 > 0 ? $"{German[n % 10]}und" : "") + GermanTens[n / 10 - 2],
        _ => $"{German[n / 100]}hundert" + (n % 100 > 0 ? InGerman(n % 100) : ""),
    };

    private static string InFrench(int n) => n switch
    {
        < 20 => French[n],
        < 70 => FrenchTens[n / 10 - 2] + (n % 10 == 0 ? "" : n % 10 == 1 ? " et un" : $"-{French[n % 10]}"),
        < 80 => n == 71 ? "soixante et onze" : $"soixante-{French[n - 60]}",
        80 => "quatre-vingts",
        < 100 => $"quatre-vingt-{French[n - 80]}",
        _ => (n / 100 == 1 ? "cent" : $"{French[n / 100]} cent{(n % 100 == 0 ? "s" : "")}") + (n % 100 > 0 ? $" {InFrench(n % 100)}" : ""),
    };

    private static string InSpanish(int n) => n switch
    {
        < 30 => Spanish[n],
        < 100 => SpanishTens[n / 10 - 3] + (n % 10 > 0 ? $" y {Spanish[n % 10]}" : ""),
        100 => "cien",
        _ => SpanishHundreds[n / 100 - 1] + (n % 100 > 0 ? $" {InSpanish(n % 100)}" : ""),
    };
}
