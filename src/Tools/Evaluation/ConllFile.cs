using System.Globalization;
using System.IO.Compression;
using System.Text;
using StreamNer.Inference.Files;

namespace StreamNer.Tools.Evaluation;

/// <summary>
/// Reads CoNLL columns: a word a line, its label in another column, a blank line behind each sentence. UTF-8, strictly; gzip as well.
/// </summary>
/// <remarks>
/// Columns stand between tabs, where the file has any, else between blanks. <c>-DOCSTART-</c> lines are borders like blank lines. With tabs
/// a line that begins with <c>#</c> is a comment where it has none, and above a sentence also where what follows holds blanks or an
/// address; with the ten columns of CoNLL-U, lines of several words (<c>1-2</c>) and of none (<c>1.1</c>) are passed over.
/// </remarks>
internal static class ConllFile
{
    /// <summary>What the lines of a file may take in memory, unpacked, in bytes: some ten million lines of words.</summary>
    public const long MaxBytes = 512L << 20;

    /// <summary>Longest line, in UTF-16 units.</summary>
    public const int MaxLineLength = 1 << 20;

    /// <summary>What a line takes beside its text: an object and a reference.</summary>
    private const int LineOverheadBytes = 32;

    private const string DocumentStart = "-DOCSTART-";
    private const int UniversalColumns = 10;
    private const int MostProblems = 5;

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file; <c>.gz</c> content is recognised by its first bytes.</param>
    /// <param name="wordColumn">Column of the words, from 1; null is the first.</param>
    /// <param name="labelColumn">Column of the labels, from 1; null is the last.</param>
    /// <param name="problems">Receives every problem found, the first few of many.</param>
    public static IReadOnlyList<ConllSentence> Read(string path, int? wordColumn, int? labelColumn, ICollection<string> problems)
    {
        try
        {
            using var file = BoundedFile.OpenRegular(path);
            var isPacked = file.ReadByte() == 0x1F && file.ReadByte() == 0x8B;
            file.Position = 0;
            using Stream bytes = isPacked ? new GZipStream(file, CompressionMode.Decompress) : file;
            var lines = Lines(bytes);
            if (lines is not null)
                return Sentences(path, lines, wordColumn, labelColumn, problems);
            problems.Add($"{path}: takes more than {MaxBytes} bytes of memory, or has a line of more than {MaxLineLength} characters; "
                + "split it");
        }
        catch (DecoderFallbackException)
        {
            problems.Add($"{path}: is not valid UTF-8; convert it");
        }
        catch (InvalidDataException broken)
        {
            problems.Add($"{path}: can't be unpacked: {broken.Message}");
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            problems.Add($"{path}: can't be read: {failure.Message}");
        }

        return [];
    }

    /// <summary>All lines; null when there is more than may be held, of a single line too.</summary>
    private static List<string>? Lines(Stream bytes)
    {
        using var reader = new StreamReader(bytes, StrictUtf8, detectEncodingFromByteOrderMarks: false);
        List<string> lines = [];
        var (line, buffer) = (new StringBuilder(), new char[16 * 1024]);
        var (size, afterReturn) = (0L, false);
        int read;
        while ((read = reader.Read(buffer)) > 0)
        {
            for (var rest = buffer.AsSpan(0, read); !rest.IsEmpty;)
            {
                if (afterReturn && rest[0] == '\n')
                    rest = rest[1..];
                afterReturn = false;
                var end = rest.IndexOfAny('\r', '\n');
                line.Append(end < 0 ? rest : rest[..end]);
                if (line.Length > MaxLineLength)
                    return null;
                if (end < 0)
                    break;
                afterReturn = rest[end] == '\r';
                rest = rest[(end + 1)..];
                if (!Add())
                    return null;
            }
        }

        return line.Length == 0 || Add() ? lines : null;

        bool Add()
        {
            size += LineOverheadBytes + (2L * line.Length);
            lines.Add(lines.Count == 0 ? line.ToString().TrimStart('\uFEFF') : line.ToString());
            line.Clear();
            return size <= MaxBytes;
        }
    }

    /// <summary>
    /// Above a sentence <c>#</c> alone, with anything behind the tab that is no label, begins a comment too: <c># id 1</c>, an address.
    /// </summary>
    private static bool IsComment(string line, bool atStart) =>
        !line.Contains('\t', StringComparison.Ordinal)
        || (atStart && line.StartsWith("#\t", StringComparison.Ordinal)
            && (line.Contains("://", StringComparison.Ordinal) || line.AsSpan(2).Trim().Contains(' ')));

    /// <summary>Whether it is the number of a contraction or of a word that was left out: <c>1-2</c>, <c>1.1</c>.</summary>
    private static bool IsBetweenWords(ReadOnlySpan<char> number)
    {
        var at = number.IndexOfAny('-', '.');
        return at > 0 && at < number.Length - 1 && !number[..at].ContainsAnyExceptInRange('0', '9')
            && !number[(at + 1)..].ContainsAnyExceptInRange('0', '9');
    }

    private static List<ConllSentence> Sentences(string path, List<string> lines, int? wordColumn, int? labelColumn,
        ICollection<string> problems)
    {
        // A line of nothing but blanks is a border, whatever these are.
        var hasTabs = lines.Exists(line => !string.IsNullOrWhiteSpace(line) && line.Contains('\t', StringComparison.Ordinal));
        List<ConllSentence> sentences = [];
        List<string> words = [];
        List<string> tags = [];
        var (first, found) = (0, 0);
        var (numbered, total) = (0, 0);
        for (var number = 1; number <= lines.Count; number++)
        {
            var line = lines[number - 1];
            if (string.IsNullOrWhiteSpace(line) || line.StartsWith(DocumentStart, StringComparison.Ordinal))
            {
                Close();
                continue;
            }

            if (hasTabs && line[0] == '#' && IsComment(line, atStart: words.Count == 0))
                continue;
            var columns = hasTabs ? line.Split('\t') : line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (hasTabs && columns.Length == UniversalColumns && IsBetweenWords(columns[0]))
                continue;

            var (word, label) = (wordColumn ?? 1, labelColumn ?? columns.Length);
            if (columns.Length < Math.Max(2, Math.Max(word, label)))
            {
                if (++found <= MostProblems)
                {
                    problems.Add($"{path}, line {number}: {columns.Length} {(columns.Length == 1 ? "column" : "columns")} between "
                        + $"{(hasTabs ? "tabs" : "blanks")}, the word is looked for in column {word} and the label "
                        + $"in column {Math.Max(2, label)}");
                }

                continue;
            }

            if (words.Count == 0)
                first = number;
            numbered += int.TryParse(columns[word - 1], NumberStyles.None, CultureInfo.InvariantCulture, out var index)
                && index == words.Count + 1 ? 1 : 0;
            total++;
            words.Add(columns[word - 1].Trim());
            tags.Add(columns[label - 1].Trim());
        }

        Close();
        if (found > MostProblems)
            problems.Add($"{path}: {found - MostProblems} more lines like these");
        if (total > 1 && numbered == total && wordColumn is null)
            problems.Add($"{path}: the first column counts the words of each sentence, it holds no words; name theirs: --word-column 2");
        if (found == 0 && sentences.Count == 0)
            problems.Add($"{path}: holds no sentence");
        return sentences;

        void Close()
        {
            if (words.Count > 0)
                sentences.Add(new ConllSentence(words, tags, first));
            (words, tags) = ([], []);
        }
    }
}

/// <summary>One sentence of a data set.</summary>
/// <param name="Words">Its words, as the file has them.</param>
/// <param name="Tags">The label of each.</param>
/// <param name="Line">Line of the file in which it begins, from 1.</param>
internal sealed record ConllSentence(IReadOnlyList<string> Words, IReadOnlyList<string> Tags, int Line);
