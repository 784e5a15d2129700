using System.Collections.Immutable;
using System.Text.RegularExpressions;

namespace StreamNer.Streams.Kafka;

/// <summary>Which topics are read: those that are named, and those that a pattern matches. Immutable, any thread.</summary>
/// <remarks>
/// librdkafka matches a pattern itself, with the expressions of the C library; here the same is done where somebody asks what would be
/// read. So only what means the same to both is taken. What the service writes, and what Kafka keeps for itself, no pattern reaches:
/// <c>^news-.*</c> matches <c>news-a.dlq</c> too, and a dead letter that is read again is a dead letter again. Nor does one reach a topic
/// whose name leaves no room for that of its dead letters.
/// </remarks>
internal sealed partial class TopicSelection
{
    /// <summary>How topics begin that Kafka keeps for itself, such as its offsets.</summary>
    private const string InternalPrefix = "__";

    private const int MaxPatternLength = 249;

    private readonly ImmutableArray<Regex> _patterns;
    private readonly Regex _deadLetters;
    private readonly Regex _hidden;
    private readonly string _hiddenPattern;
    private readonly int _longest;

    /// <param name="options">The topics; patterns among them that are wrong match nothing.</param>
    public TopicSelection(KafkaOptions options)
    {
        Names = [.. options.InputTopics.Where(topic => !IsPattern(topic)).Distinct(StringComparer.Ordinal)];
        Patterns = [.. options.InputTopics.Where(IsPattern).Distinct(StringComparer.Ordinal)];
        _patterns = [.. Patterns.Where(pattern => PatternProblem(pattern) is null).Select(Compile)];
        var letters = string.Join(".+", options.DeadLetterTopic.Split(KafkaOptions.TopicPlaceholder).Select(Literal));
        _deadLetters = Compile($"^{letters}$");
        _longest = Longest(options.DeadLetterTopic);
        _hiddenPattern = $"^{letters}$,^{Literal(options.OutputTopic)}$,^{InternalPrefix}{TooLong(_longest)}";
        _hidden = Compile(_hiddenPattern.Replace(',', '|'));
    }

    /// <summary>The topics that are named.</summary>
    public ImmutableArray<string> Names { get; }

    /// <summary>The patterns.</summary>
    public ImmutableArray<string> Patterns { get; }

    /// <summary>What librdkafka must not see for the patterns' sake, as its <c>topic.blacklist</c>; null where there are none.</summary>
    public string? Hidden => Patterns.IsEmpty ? null : _hiddenPattern;

    /// <summary>Whether an entry of the settings stands for every topic that it matches: <c>^</c>, as librdkafka has it.</summary>
    public static bool IsPattern(string entry) => entry.StartsWith('^');

    /// <summary>What is wrong with a pattern; null when nothing is.</summary>
    public static string? PatternProblem(string pattern)
    {
        if (pattern.Length > MaxPatternLength || !Portable().IsMatch(pattern))
        {
            return $"a pattern has at most {MaxPatternLength} characters: those of topics' names, '.' for any, [...], (...), '|', '$', and "
                + "one of '*', '+', '?' and '{N}' behind what is repeated; write [0-9] for a digit and [.] for a dot";
        }

        try
        {
            _ = Compile(pattern);
            return null;
        }
        catch (Exception wrong) when (wrong is ArgumentException or NotSupportedException)
        {
            return $"which is no regular expression: {wrong.Message}";
        }
    }

    /// <summary>Whether a topic is read.</summary>
    public bool Contains(string topic) => Names.Contains(topic) || (!IsHidden(topic) && _patterns.Any(pattern => pattern.IsMatch(topic)));

    /// <summary>Whether no pattern reaches a topic: the output topic, dead letters, Kafka's own.</summary>
    public bool IsHidden(string topic) => _hidden.IsMatch(topic);

    /// <summary>Whether a topic is named as dead-letter topics are.</summary>
    public bool IsDeadLetterTopic(string topic) => _deadLetters.IsMatch(topic);

    /// <summary>The topics of a cluster that one pattern selects, by name.</summary>
    public IEnumerable<string> Matches(string pattern, IEnumerable<string> topics)
    {
        var expression = _patterns.FirstOrDefault(one => one.ToString() == pattern);
        return topics.Where(topic => expression?.IsMatch(topic) == true && !IsHidden(topic)).Order(StringComparer.Ordinal);
    }

    /// <summary>
    /// The topics of a cluster that a pattern matches and that are not read, as their names leave no room for that of their dead letters.
    /// </summary>
    public IEnumerable<string> TooLong(IEnumerable<string> topics) =>
        topics.Where(topic => topic.Length > _longest && !topic.StartsWith(InternalPrefix, StringComparison.Ordinal)
                && !IsDeadLetterTopic(topic) && _patterns.Any(pattern => pattern.IsMatch(topic)))
            .Order(StringComparer.Ordinal);

    /// <summary>The longest name that has a dead-letter topic, in characters.</summary>
    private static int Longest(string deadLetterTopic)
    {
        var parts = deadLetterTopic.Split(KafkaOptions.TopicPlaceholder);
        return parts.Length == 1 ? KafkaOptions.MaxTopicLength
            : (KafkaOptions.MaxTopicLength - parts.Sum(part => part.Length)) / (parts.Length - 1);
    }

    // A name that long has no dead-letter topic: one record that can't be read would end the stream. Not with {246,}: librdkafka cuts its
    // list at commas.
    private static string TooLong(int longest) =>
        longest is > 0 and < KafkaOptions.MaxTopicLength ? $",^{new string('.', longest + 1)}" : "";

    // Of all that a name may hold only the dot means something else; a name that holds more is refused, and hides nothing until then.
    private static string Literal(string name) =>
        string.Concat(name.Select(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' ? $"{c}" : c == '.' ? "[.]" : "[?]"));

    private static Regex Compile(string pattern) => new(pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);

    /// <summary>What POSIX and .NET read alike.</summary>
    [GeneratedRegex(
        @"^\^(?:(?:[A-Za-z0-9._\-)]|\[\^?[A-Za-z0-9._\-]+\]|\\[.])(?:[*+?]|\{[0-9]{1,3}(?:,[0-9]{0,3})?\})?|[(|$])*\z",
        RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex Portable();
}
