using System.Collections.Immutable;
using System.Text.RegularExpressions;
using StreamNer.Inference.Domain;

namespace StreamNer.Inference.Rules;

/// <summary>The rules of a file, read, checked and made ready to match. Immutable, any thread.</summary>
public sealed class EntityRules
{
    internal EntityRules(string name, string hash, RuleOptions options, ImmutableArray<Rule> rules, PhraseAutomaton phrases)
    {
        Name = name;
        Hash = hash;
        Options = options;
        Rules = rules;
        Phrases = phrases;
        Expressions = [.. Enumerable.Range(0, rules.Length).Where(number => rules[number].Expression is not null)];
    }

    /// <summary>Name of the file.</summary>
    public string Name { get; }

    /// <summary>First eight hex digits of the SHA-256 over the file and the options that change what is found.</summary>
    public string Hash { get; }

    /// <summary>How they are applied.</summary>
    public RuleOptions Options { get; }

    /// <summary>How many there are.</summary>
    public int Count => Rules.Length;

    /// <summary>What they call what they find.</summary>
    public IEnumerable<string> Labels => Rules.Select(rule => rule.Label).Distinct(StringComparer.Ordinal);

    internal ImmutableArray<Rule> Rules { get; }

    internal PhraseAutomaton Phrases { get; }

    /// <summary>Numbers of the rules that are regular expressions.</summary>
    internal ImmutableArray<int> Expressions { get; }

    /// <summary>Reads a file of rules: JSON lines, <c>{"id": "...", "label": "...", "pattern": "..."}</c>.</summary>
    /// <param name="options">Names the file and how it is applied.</param>
    /// <param name="problems">Receives every problem found: file, line, value and limit.</param>
    /// <returns>The rules; null when there is a problem.</returns>
    public static EntityRules? Load(RuleOptions options, ICollection<string> problems)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(problems);
        return new RuleFileReader(options).Read(problems);
    }
}

/// <summary>One line of the rules file.</summary>
/// <param name="Line">Its number, from 1.</param>
/// <param name="Label">What it calls a match.</param>
/// <param name="Phrase">The phrase; null when it is a regular expression.</param>
/// <param name="Expression">The regular expression; null when it is a phrase. Any thread may use it.</param>
/// <param name="Source">What its entities name as their source; one object for all of them.</param>
internal sealed record Rule(int Line, string Label, string? Phrase, Regex? Expression, EntitySource Source);
