using System.Text;
using StreamNer.Inference.Tokenization.Characters;

namespace StreamNer.Inference.Tokenization.Subwords;

/// <summary>SentencePiece's unigram model: of all ways to cut a word, the one whose pieces' scores have the highest sum.</summary>
/// <remarks>Scores are summed in 64 bits, as the reference does: with 32, ways that should differ come out equal ("Girllll").</remarks>
internal sealed class UnigramModel : ISubwordModel
{
    // How much worse an unknown character is than the worst piece.
    private const double UnknownPenalty = 10;

    private readonly DoubleArrayTrie _pieces;
    private readonly double[] _scores;
    private readonly int _unknown;
    private readonly double _unknownScore;
    private readonly int[]? _byteIds;

    /// <param name="vocabulary">Pieces with their ids.</param>
    /// <param name="scores">Score of each id, a log probability.</param>
    /// <param name="unknown">Id of what the vocabulary lacks.</param>
    /// <param name="byteIds">Ids of <c>&lt;0x00&gt;</c> and so on when unknown characters are written as bytes; null otherwise.</param>
    public UnigramModel(IEnumerable<KeyValuePair<string, int>> vocabulary, double[] scores, int unknown, int[]? byteIds)
    {
        _pieces = new DoubleArrayTrie(vocabulary);
        _scores = scores;
        _unknown = unknown;
        _unknownScore = scores.Min() - UnknownPenalty;
        _byteIds = byteIds;
    }

    /// <inheritdoc/>
    public ISubwordCutter CreateCutter() => new Cutter(this);

    private bool TryBytes(AlignedWord word, int from, int to, PieceBuffer pieces)
    {
        if (_byteIds is null)
            return false;
        var before = pieces.Count;
        Span<byte> bytes = stackalloc byte[4];
        for (int i = from, length; i < to; i += length)
        {
            var rune = new Rune(CodePoints.At(word.Chars, i, out length));
            foreach (var value in bytes[..rune.EncodeToUtf8(bytes)])
            {
                if (_byteIds[value] < 0)
                {
                    pieces.Truncate(before);
                    return false;
                }

                pieces.Add(_byteIds[value], word.Starts[from], word.Ends[to - 1], word.Number);
            }
        }

        return true;
    }

    private sealed class Cutter(UnigramModel model) : ISubwordCutter
    {
        private Step[] _best = new Step[256];
        private int[] _cuts = new int[256];

        public void Cut(AlignedWord word, PieceBuffer pieces)
        {
            var length = word.Chars.Length;
            if (_best.Length <= length)
                (_best, _cuts) = (new Step[2 * length], new int[2 * length]);
            FindBest(word.Chars);

            var cuts = 0;
            for (var at = length; at > 0; at = _best[at].From)
                _cuts[cuts++] = at;
            for (var from = 0; cuts > 0;)
            {
                var to = _cuts[--cuts];
                var id = _best[to].Id;
                if (id == model._unknown)
                {
                    // Neighbouring unknown characters are one piece.
                    while (cuts > 0 && _best[_cuts[cuts - 1]].Id == model._unknown)
                        to = _cuts[--cuts];
                    if (model.TryBytes(word, from, to, pieces))
                    {
                        from = to;
                        continue;
                    }
                }

                pieces.Add(id, word.Starts[from], word.Ends[to - 1], word.Number);
                from = to;
            }
        }

        /// <summary>Finds the best last piece of every beginning of the word (Viterbi).</summary>
        private void FindBest(ReadOnlySpan<char> chars)
        {
            var best = _best.AsSpan(0, chars.Length + 1);
            best.Fill(new Step(0, Step.Nowhere, 0));
            best[0] = new Step(0, 0, 0);
            for (int at = 0, character; at < chars.Length; at += character)
            {
                character = char.IsHighSurrogate(chars[at]) ? 2 : 1;
                var score = best[at].Score;
                var known = false;
                var node = DoubleArrayTrie.Root;
                for (var i = at; i < chars.Length; i++)
                {
                    node = model._pieces.Step(node, chars[i]);
                    if (node == DoubleArrayTrie.None)
                        break;
                    if (model._pieces.Value(node) is var id and not DoubleArrayTrie.None)
                    {
                        best[i + 1].Offer(score + model._scores[id], at, id);
                        known |= i + 1 == at + character;
                    }
                }

                if (!known)
                    best[at + character].Offer(score + model._unknownScore, at, model._unknown);
            }
        }
    }

    private record struct Step(double Score, int From, int Id)
    {
        public const int Nowhere = -1;

        public void Offer(double score, int from, int id)
        {
            // Of equal sums the one that was offered first stays.
            if (From == Nowhere || score > Score)
                (Score, From, Id) = (score, from, id);
        }
    }
}
