using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace FissionGrpo.Episodes;

/// <summary>JSON values as one line of text, so that equal values give equal text.</summary>
public static class JsonText
{
    private static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Without blanks; numbers keep their spelling; object members keep their order.</summary>
    public static string Compact(JsonElement value)
    {
        if (value.ValueKind is JsonValueKind.Undefined)
            return "";
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream, Plain))
            value.WriteTo(writer);
        return Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length);
    }
}
