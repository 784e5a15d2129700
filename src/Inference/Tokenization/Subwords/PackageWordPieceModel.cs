using System.Text;
using Microsoft.ML.Tokenizers;
using StreamNer.Inference.Tokenization.Characters;

namespace StreamNer.Inference.Tokenization.Subwords;

/// <summary>WordPiece by Microsoft.ML.Tokenizers, which gets whole words and so neither normalizes nor splits.</summary>
internal sealed class PackageWordPieceModel : ISubwordModel, ISubwordCutter
{
    private readonly WordPieceTokenizer _tokenizer;
    private readonly int _unknown;
    private readonly int _longestWord;

    /// <param name="vocabulary">Pieces with their ids.</param>
    /// <param name="unknownPiece">The piece of a word that can't be cut.</param>
    /// <param name="unknown">Its id.</param>
    /// <param name="continuingPrefix">What marks a piece inside a word.</param>
    /// <param name="longestWord">Words of more code points than this are unknown.</param>
    public PackageWordPieceModel(
        IEnumerable<KeyValuePair<string, int>> vocabulary, string unknownPiece, int unknown, string continuingPrefix, int longestWord)
    {
        _unknown = unknown;
        _longestWord = longestWord;
        using var lines = new MemoryStream(Encoding.UTF8.GetBytes(Lines(vocabulary)));
        _tokenizer = WordPieceTokenizer.Create(lines, new WordPieceOptions
        {
            UnknownToken = unknownPiece,
            ContinuingSubwordPrefix = continuingPrefix,
            // The package counts UTF-16 units where the reference counts code points, so the length is checked in Cut. It also puts so many
            // units on the stack, so this must not be larger than needed.
            MaxInputCharsPerWord = 2 * longestWord,
        });
    }

    /// <inheritdoc/>
    public ISubwordCutter CreateCutter() => this;

    /// <inheritdoc/>
    public void Cut(AlignedWord word, PieceBuffer pieces)
    {
        if (word.IsLongerThan(_longestWord))
        {
            pieces.Add(_unknown, word.Starts[0], word.Ends[^1], word.Number);
            return;
        }

        foreach (var piece in _tokenizer.EncodeToTokens(word.Chars, out _, considerPreTokenization: false, considerNormalization: false))
        {
            var (at, length) = piece.Offset.GetOffsetAndLength(word.Chars.Length);
            pieces.Add(piece.Id, word.Starts[at], word.Ends[at + length - 1], word.Number);
        }
    }

    // The package reads the id off the line number, so ids without a piece get a line that no word can match: one with a blank.
    private static string Lines(IEnumerable<KeyValuePair<string, int>> vocabulary)
    {
        var lines = new StringBuilder();
        var next = 0;
        foreach (var (piece, id) in vocabulary.OrderBy(entry => entry.Value))
        {
            for (; next < id; next++)
                lines.Append("no piece ").Append(next).Append('\n');
            lines.Append(piece).Append('\n');
            next++;
        }

        return lines.ToString();
    }
}
