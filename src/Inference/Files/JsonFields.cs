using System.Globalization;
using System.Text.Json;

namespace StreamNer.Inference.Files;

/// <summary>Reads the fields of one JSON object of an untrusted file; what is wrong becomes a problem, not an exception.</summary>
/// <remarks>It remembers which fields were asked for, so that <see cref="RefuseOthers"/> can name those that nobody understood.</remarks>
internal sealed class JsonFields
{
    private readonly JsonElement _object;
    private readonly ICollection<string> _problems;
    private readonly HashSet<string> _asked = new(StringComparer.Ordinal);

    private JsonFields(JsonElement element, string place, ICollection<string> problems)
    {
        _object = element;
        Place = place;
        _problems = problems;
    }

    /// <summary>Where the object stands, as it begins every problem: file, then the way to the object.</summary>
    public string Place { get; }

    /// <summary>Reads a file that holds one object; null, with a problem, when it doesn't.</summary>
    public static JsonFields? Read(string path, ICollection<string> problems)
    {
        if (BoundedFile.Read(path, problems) is not { } bytes)
            return null;
        try
        {
            using var document = JsonDocument.Parse(bytes.AsMemory(BoundedFile.Utf8MarkLength(bytes)));
            if (document.RootElement.ValueKind == JsonValueKind.Object)
                return new JsonFields(document.RootElement.Clone(), $"{path}: ", problems);
            problems.Add($"{path}: holds {Named(document.RootElement)}, it must hold a JSON object");
        }
        catch (JsonException exception)
        {
            problems.Add($"{path}: is not JSON, fetch it again: {exception.Message}");
        }

        return null;
    }

    /// <summary>Adds a problem with a field.</summary>
    public void Problem(string field, string message) => _problems.Add($"{Place}{field} {message}");

    /// <summary>True when the field is there and not null.</summary>
    public bool Has(string field) => Find(field) is not null;

    /// <summary>A text, or null when it isn't there.</summary>
    public string? OptionalText(string field)
    {
        if (Find(field) is not { } element)
            return null;
        if (TryText(element, out var text))
            return text;
        Problem(field, $"is {Named(element)}, it must be a text");
        return null;
    }

    /// <summary>A text; it must be there.</summary>
    public string Text(string field)
    {
        if (Find(field) is not null)
            return OptionalText(field) ?? "";
        Problem(field, "is missing, it must be a text");
        return "";
    }

    /// <summary>True or false, or null when it isn't there.</summary>
    public bool? OptionalFlag(string field)
    {
        if (Find(field) is not { } element)
            return null;
        if (element.ValueKind is JsonValueKind.True or JsonValueKind.False)
            return element.GetBoolean();
        Problem(field, $"is {Named(element)}, it must be true or false");
        return null;
    }

    /// <summary>True or false.</summary>
    public bool Flag(string field, bool fallback) => OptionalFlag(field) ?? fallback;

    /// <summary>A whole number from <paramref name="least"/> to <paramref name="most"/>, or null when it isn't there.</summary>
    public int? OptionalNumber(string field, int least = 0, int most = int.MaxValue)
    {
        if (Find(field) is not { } element)
            return null;
        if (element.ValueKind == JsonValueKind.Number && element.TryGetInt32(out var number) && number >= least && number <= most)
            return number;
        Problem(field, $"is {Named(element)}, it must be a whole number from {least} to {most}");
        return null;
    }

    /// <summary>A whole number; it must be there.</summary>
    public int Number(string field, int least = 0, int most = int.MaxValue)
    {
        if (Find(field) is not null)
            return OptionalNumber(field, least, most) ?? least;
        Problem(field, $"is missing, it must be a whole number from {least} to {most}");
        return least;
    }

    /// <summary>A number of any kind, or null when it isn't there.</summary>
    public double? OptionalReal(string field)
    {
        if (Find(field) is not { } element)
            return null;
        if (element.ValueKind == JsonValueKind.Number && element.TryGetDouble(out var number))
            return number;
        Problem(field, $"is {Named(element)}, it must be a number");
        return null;
    }

    /// <summary>An object, or null when it isn't there.</summary>
    public JsonFields? OptionalObject(string field)
    {
        if (Find(field) is not { } element)
            return null;
        if (element.ValueKind == JsonValueKind.Object)
            return new JsonFields(element, $"{Place}{field}.", _problems);
        Problem(field, $"is {Named(element)}, it must be an object");
        return null;
    }

    /// <summary>The objects of an array, none when it isn't there.</summary>
    public IReadOnlyList<JsonFields> Objects(string field)
    {
        List<JsonFields> objects = [];
        foreach (var (element, place) in Elements(field))
        {
            if (element.ValueKind == JsonValueKind.Object)
                objects.Add(new JsonFields(element, $"{Place}{place}.", _problems));
            else
                Problem(place, $"is {Named(element)}, it must be an object");
        }

        return objects;
    }

    /// <summary>The elements of an array, each with its place; none when it isn't there.</summary>
    public IEnumerable<(JsonElement Element, string Place)> Elements(string field)
    {
        if (Find(field) is not { } element)
            yield break;
        if (element.ValueKind != JsonValueKind.Array)
        {
            Problem(field, $"is {Named(element)}, it must be an array");
            yield break;
        }

        var index = 0;
        foreach (var item in element.EnumerateArray())
            yield return (item, $"{field}[{index++}]");
    }

    /// <summary>A field's value as it stands, or null when it isn't there.</summary>
    public JsonElement? Value(string field) => Find(field);

    /// <summary>All fields with their values, for an object that is a map.</summary>
    public IEnumerable<(string Name, JsonElement Value)> All()
    {
        foreach (var property in _object.EnumerateObject())
        {
            if (TryName(property, out var name))
                yield return (name, property.Value);
            else
                Problem("", "has a name with half a surrogate pair, fetch the file again");
        }
    }

    /// <summary>Says that fields are known and of no use here.</summary>
    public void Skip(params ReadOnlySpan<string> fields)
    {
        foreach (var field in fields)
            _asked.Add(field);
    }

    /// <summary>Makes a problem of each field that nobody asked for: ignoring one could change the pieces.</summary>
    public void RefuseOthers()
    {
        foreach (var (name, value) in All())
        {
            if (!_asked.Contains(name) && value.ValueKind != JsonValueKind.Null)
                Problem(name, $"is {Named(value)}, which is not known here; remove it if the model does not need it");
        }
    }

    /// <summary>A value as a problem names it: short, and never the content of an array or object.</summary>
    public static string Named(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "an array",
        JsonValueKind.String => TryText(element, out var text) ? $"\"{Shortened(text)}\"" : "a text with half a surrogate pair",
        JsonValueKind.Number => Shortened(element.GetRawText()),
        _ => element.ValueKind.ToString().ToLower(CultureInfo.InvariantCulture),
    };

    /// <summary>The text of an element; false when it is none, or none that UTF-16 allows.</summary>
    public static bool TryText(JsonElement element, out string text)
    {
        text = "";
        if (element.ValueKind != JsonValueKind.String)
            return false;
        try
        {
            text = element.GetString()!;
            return true;
        }
        catch (InvalidOperationException)
        {
            // The escape of half a surrogate pair, such as "\ud800".
            return false;
        }
    }

    /// <summary>
    /// A member of an object; null where there is none, it is no object, or one of its names is no text that UTF-16 allows.
    /// </summary>
    public static JsonElement? Member(JsonElement element, string name)
    {
        try
        {
            return element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var member) ? member : null;
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    private static bool TryName(JsonProperty property, out string name)
    {
        try
        {
            name = property.Name;
            return true;
        }
        catch (InvalidOperationException)
        {
            name = "";
            return false;
        }
    }

    /// <summary>A text as a problem names it: its first characters.</summary>
    public static string Shortened(string text) => text.Length <= 60 ? text : $"{text.AsSpan(0, 60)}...";

    private JsonElement? Find(string field)
    {
        _asked.Add(field);
        try
        {
            return _object.TryGetProperty(field, out var element) && element.ValueKind != JsonValueKind.Null ? element : null;
        }
        catch (InvalidOperationException)
        {
            // The escape of half a surrogate pair in a name, such as "\ud800".
            Problem("", "has a name with half a surrogate pair, fetch the file again");
            return null;
        }
    }
}
