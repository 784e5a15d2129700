using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Text.Unicode;
using StreamNer.Inference.Domain;
using StreamNer.Inference.Files;

namespace StreamNer.Inference.Rules;

/// <summary>
/// Reads a file of rules. Strict and bounded: what is not understood is refused by name, and all problems are told at once.
/// </summary>
internal sealed class RuleFileReader(RuleOptions options)
{
    private const int MaxPhraseChars = 1_000;
    private const int MaxExpressionChars = 10_000;
    private const int MaxExpressions = 1_000;
    private const int MaxLabelChars = 100;
    private const int MaxIdChars = 200;

    /// <summary>Labels are tags of metrics.</summary>
    private const int MaxLabels = 1_000;

    /// <summary>More would hide the first ones.</summary>
    private const int MaxProblems = 50;

    private const string Shape = "a line is {\"label\": \"ORG\", \"pattern\": \"Acme Ltd\"} or {\"label\": \"CODE\", \"pattern\": "
        + "{\"regex\": \"[A-Z]{3}-[0-9]+\"}}, with an \"id\" if wanted";

    private static readonly JsonDocumentOptions Json = new() { MaxDepth = 8, AllowDuplicateProperties = false };

    private readonly string _name = Path.GetFileName(options.Path);
    private readonly List<Rule> _rules = [];
    private readonly HashSet<string> _labels = new(StringComparer.Ordinal);
    private readonly List<string> _problems = [];
    private int _expressions;
    private int _problemsFound;

    /// <summary>Reads it.</summary>
    public EntityRules? Read(ICollection<string> problems)
    {
        var bytes = ReadBytes();
        if (bytes is not null)
        {
            var text = bytes.AsSpan().StartsWith("\uFEFF"u8) ? bytes.AsSpan(3) : bytes;
            var line = 0;
            foreach (var range in text.Split((byte)'\n'))
            {
                line++;
                var content = text[range].Trim(" \t\r"u8);
                if (content.IsEmpty)
                    continue;
                if (_rules.Count == options.MaxPatterns)
                {
                    Add(line, $"the file has more than {options.MaxPatterns} rules, the limit of {RuleOptions.Section}:MaxPatterns");
                    break;
                }

                ReadLine(line, content);
            }

            if (_rules.Count == 0 && _problems.Count == 0)
                _problems.Add($"{options.Path} holds no rule; {Shape}");
        }

        var phrases = PhraseAutomaton.Build(
            _rules.Select((rule, number) => (rule.Phrase, number))
                .Where(rule => rule.Phrase is not null)
                .Select(rule => (rule.Phrase!, rule.number)),
            options.IgnoreCase,
            Equal);
        foreach (var problem in _problems)
            problems.Add(problem);
        if (_problemsFound > MaxProblems)
            problems.Add($"{options.Path} has {_problemsFound - MaxProblems} more problems");
        return _problems.Count == 0 ? new EntityRules(_name, HashOf(bytes!), options, [.. _rules], phrases) : null;
    }

    private byte[]? ReadBytes()
    {
        if (File.Exists(options.Path))
            return BoundedFile.Read(options.Path, _problems, options.MaxFileBytes, $"{RuleOptions.Section}:MaxFileBytes");
        _problems.Add($"{RuleOptions.Section}:Path is {options.Path}, there is no such file");
        return null;
    }

    private void ReadLine(int line, ReadOnlySpan<byte> utf8)
    {
        if (!Utf8.IsValid(utf8))
        {
            Add(line, "not valid UTF-8; convert the file to UTF-8");
            return;
        }

        try
        {
            using var json = JsonDocument.Parse(utf8.ToArray(), Json);
            if (json.RootElement.ValueKind == JsonValueKind.Object)
                ReadRule(line, json.RootElement);
            else
                Add(line, $"a JSON {json.RootElement.ValueKind}; {Shape}");
        }
        catch (JsonException broken)
        {
            Add(line, $"not valid JSON at byte {broken.BytePositionInLine + 1}: {broken.Message.Split(" Path:", 2)[0]}; {Shape}");
        }
        catch (InvalidOperationException)
        {
            Add(line, $"has an escape of half a surrogate pair, such as \\ud800; {Shape}");
        }
    }

    private void ReadRule(int line, JsonElement rule)
    {
        var before = _problemsFound;
        foreach (var property in rule.EnumerateObject().Where(property => property.Name is not ("id" or "label" or "pattern")))
            Add(line, $"'{Shown(property.Name)}' is not known; a rule has label, pattern and, if wanted, id");

        var label = Text(line, rule, "label", MaxLabelChars);
        var id = rule.TryGetProperty("id", out _) ? Text(line, rule, "id", MaxIdChars) : null;
        if (label is not null && _labels.Add(label) && _labels.Count == MaxLabels + 1)
            Add(line, $"label '{Shown(label)}' is one too many: a file may have {MaxLabels} labels");

        string? phrase = null;
        Regex? expression = null;
        if (!rule.TryGetProperty("pattern", out var pattern))
        {
            Add(line, $"pattern is missing; {Shape}");
        }
        else if (pattern.ValueKind == JsonValueKind.String)
        {
            phrase = Phrase(line, pattern.GetString()!);
        }
        else if (pattern.ValueKind == JsonValueKind.Object)
        {
            expression = Expression(line, pattern);
        }
        else if (pattern.ValueKind == JsonValueKind.Array)
        {
            Add(line, "pattern is an array: token patterns as spaCy has them are not read; write the phrase as text, or as "
                + "{\"regex\": \"...\"}");
        }
        else
        {
            Add(line, $"pattern is {pattern.ValueKind}; {Shape}");
        }

        if (_problemsFound == before && (phrase is not null || expression is not null))
            _rules.Add(new Rule(line, label!, phrase, expression, EntitySource.OfRule(id)));
    }

    private string? Text(int line, JsonElement rule, string name, int maxChars)
    {
        if (!rule.TryGetProperty(name, out var value) || value.ValueKind != JsonValueKind.String)
        {
            Add(line, value.ValueKind == JsonValueKind.Undefined
                ? $"{name} is missing; {Shape}"
                : $"{name} is {value.ValueKind}, it must be text");
            return null;
        }

        var text = value.GetString()!;
        if (string.IsNullOrWhiteSpace(text))
            Add(line, $"{name} is empty");
        else if (text.Length > maxChars)
            Add(line, $"{name} '{Shown(text)}' has {text.Length} characters, the limit is {maxChars}");
        else
            return text;
        return null;
    }

    private string? Phrase(int line, string text)
    {
        var phrase = text.Trim();
        if (phrase.Length == 0)
            Add(line, "pattern is empty, a phrase needs at least one character");
        else if (phrase.Length > MaxPhraseChars)
            Add(line, $"pattern '{Shown(phrase)}' has {phrase.Length} characters, the limit of a phrase is {MaxPhraseChars}");
        else
            return phrase;
        return null;
    }

    private Regex? Expression(int line, JsonElement pattern)
    {
        if (!pattern.TryGetProperty("regex", out var value) || value.ValueKind != JsonValueKind.String
            || pattern.EnumerateObject().Count() != 1)
        {
            Add(line, "a pattern that is an object must be {\"regex\": \"...\"} and nothing else; token patterns as spaCy has them "
                + "are not read");
            return null;
        }

        var text = value.GetString()!;
        if (text.Length is 0 or > MaxExpressionChars)
        {
            Add(line, $"regex '{Shown(text)}' has {text.Length} characters, it must have 1 to {MaxExpressionChars}");
            return null;
        }

        if (++_expressions > MaxExpressions)
        {
            if (_expressions == MaxExpressions + 1)
            {
                Add(line, $"regex '{Shown(text)}' is one too many: a file may have {MaxExpressions} regular expressions, since each "
                    + "costs its time on every document; phrases cost none");
            }

            return null;
        }

        try
        {
            return Create(text);
        }
        catch (ArgumentException invalid)
        {
            Add(line, $"regex '{Shown(text)}' is no regular expression of .NET: {invalid.Message}");
            return null;
        }
    }

    private Regex Create(string text)
    {
        var how = RegexOptions.CultureInvariant | (options.IgnoreCase ? RegexOptions.IgnoreCase : RegexOptions.None);
        try
        {
            // Its time grows with the text, whatever the expression.
            return new Regex(text, how | RegexOptions.NonBacktracking, options.MatchTimeout);
        }
        catch (NotSupportedException)
        {
            // Lookarounds, backreferences and the like: only the time-out bounds these.
            return new Regex(text, how, options.MatchTimeout);
        }
    }

    /// <summary>Lists may repeat themselves, but one phrase can't be two things.</summary>
    private void Equal(int earlier, int later)
    {
        var (first, second) = (_rules[earlier], _rules[later]);
        if (first.Label != second.Label)
        {
            Add(second.Line, $"phrase '{Shown(second.Phrase!)}' is labelled {second.Label}, but line {first.Line} labels "
                + $"'{Shown(first.Phrase!)}' {first.Label}; leave one of them out");
        }
    }

    private string HashOf(byte[] bytes)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(bytes);
        hash.AppendData(Encoding.UTF8.GetBytes($"\n{options.Conflict} {options.IgnoreCase}"));
        return Convert.ToHexStringLower(hash.GetHashAndReset())[..8];
    }

    private void Add(int line, string problem)
    {
        if (++_problemsFound <= MaxProblems)
            _problems.Add($"{options.Path}, line {line}: {problem}");
    }

    private static string Shown(string value) => value.Length <= 60 ? value : $"{value[..60]}...";
}
