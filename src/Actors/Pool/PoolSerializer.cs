using System.Runtime.Serialization;
using Akka.Actor;
using Akka.Serialization;
using StreamNer.Actors.Recognition;
using StreamNer.Inference.Batching;
using StreamNer.Inference.Domain;
using StreamNer.Inference.Windows;
using StreamNer.Inference.Words;
using static StreamNer.Actors.Pool.PoolProtocol;

namespace StreamNer.Actors.Pool;

/// <summary>Writes what crosses the network between sources and routers, field by field: no reflection, one version.</summary>
/// <remarks>
/// Numbers are variable-length, little-endian, seven bits a byte; what rises is written as differences. A batch holds piece ids and where
/// words begin, no text; its answer a label and a score for each word, and the logits of each word where sequences are decoded. What comes
/// in is bounded by its own length: nothing is allocated that the bytes at hand could not fill.
/// </remarks>
internal sealed class PoolSerializer(ExtendedActorSystem system) : SerializerWithStringManifest(system)
{
    /// <summary>Ours among Akka.NET's serializers.</summary>
    public const int Id = 7301;

    /// <summary>The form that is written; another one is refused, by name.</summary>
    private const byte Version = 2;

    // Bytes of names, hashes and codes, and of what is said to people.
    private const int MostName = 512;
    private const int MostMessage = 4096;

    /// <inheritdoc/>
    public override int Identifier => Id;

    /// <inheritdoc/>
    public override string Manifest(object o) => o switch
    {
        Greet => "greet",
        Welcome => "welcome",
        Refused => "refused",
        WorkChanged => "work",
        Pull => "pull",
        NoWork => "no-work",
        Batch => "batch",
        Scored => "scored",
        LaneLost => "lost",
        Leaving => "leaving",
        Left => "left",
        Audit => "audit",
        Missing => "missing",
        Unknown => "unknown",
        _ => throw new SerializationException($"{o.GetType().Name} is not written for the pool"),
    };

    /// <inheritdoc/>
    public override byte[] ToBinary(object obj)
    {
        var to = new WireWriter();
        to.Byte(Version);
        switch (obj)
        {
            case Greet greet:
                to.Text(greet.Model);
                to.Text(greet.Hash);
                to.Flag(greet.HasWork);
                to.Number(greet.LongestWindow);
                break;
            case Welcome welcome:
                Write(to, welcome);
                break;
            case Refused refused:
                to.Text(Shortened(refused.Reason));
                break;
            case WorkChanged changed:
                to.Flag(changed.HasWork);
                break;
            case Pull pull:
                Write(to, new LanePull(pull.Lane, pull.Number));
                to.Flag(pull.IsIdle);
                break;
            case NoWork none:
                Write(to, new LanePull(none.Lane, none.Number));
                break;
            case Batch batch:
                Write(to, new LanePull(batch.Lane, batch.Number));
                WindowsWire.Write(to, batch.Windows);
                break;
            case Scored scored:
                Write(to, new LanePull(scored.Lane, scored.Number));
                ScoresWire.Write(to, scored.Windows);
                to.Number(scored.Failed.Count);
                foreach (var failure in scored.Failed)
                {
                    to.Number(failure.Index);
                    to.Text(failure.Code.ToString());
                    to.Text(Shortened(failure.Message));
                    to.Number(failure.Attempts);
                }

                break;
            case LaneLost lost:
                to.Number(lost.Lane);
                to.Flag(lost.Computing);
                break;
            case Audit audit:
                to.Flag(audit.HasWork);
                Write(to, audit.Open);
                break;
            case Missing missing:
                Write(to, missing.Lost);
                break;
        }

        var bytes = to.ToArray();
        PoolTelemetry.Sent(bytes.Length);
        return bytes;
    }

    /// <inheritdoc/>
    /// <exception cref="SerializationException">The bytes are of another version, cut off, or not of this message.</exception>
    public override object FromBinary(byte[] bytes, string manifest)
    {
        PoolTelemetry.Received(bytes.Length);
        var from = new WireReader(bytes);
        if (from.Byte() is var version and not Version)
        {
            throw new SerializationException(
                $"a message of the pool is of version {version}, this node reads {Version}: bring all nodes up to date");
        }

        object message = manifest switch
        {
            "greet" => new Greet(from.Text(MostName), from.Text(MostName), from.Flag(), from.Int()),
            "welcome" => ReadWelcome(from),
            "refused" => new Refused(from.Text(MostMessage)),
            "work" => new WorkChanged(from.Flag()),
            "pull" => new Pull(from.Int(), from.Number(), from.Flag()),
            "no-work" => new NoWork(from.Int(), from.Number()),
            "batch" => new Batch(from.Int(), from.Number(), WindowsWire.Read(from)),
            "scored" => new Scored(from.Int(), from.Number(), ScoresWire.Read(from), ReadFailures(from)),
            "lost" => new LaneLost(from.Int(), from.Flag()),
            "leaving" => Leaving.Instance,
            "left" => Left.Instance,
            "audit" => new Audit(from.Flag(), ReadPulls(from)),
            "missing" => new Missing(ReadPulls(from)),
            "unknown" => Unknown.Instance,
            _ => throw new SerializationException($"the pool has no message '{manifest}'"),
        };
        from.End();
        return message;
    }

    // Four bytes a character at most.
    private static string Shortened(string message) => message.Length <= MostMessage / 4 ? message : message[..(MostMessage / 4)];

    private static TokenWindow[] Windows(WireReader from, int bytesEach)
    {
        var count = from.Count(bytesEach);
        return count is > 0 and <= PoolSetup.MaxWindows
            ? new TokenWindow[count]
            : throw new SerializationException($"a batch has {count} windows, it must have 1 to {PoolSetup.MaxWindows}");
    }

    private static void Write(WireWriter to, LanePull pull)
    {
        to.Number(pull.Lane);
        to.Number(pull.Number);
    }

    private static void Write(WireWriter to, IReadOnlyList<LanePull> pulls)
    {
        to.Number(pulls.Count);
        foreach (var pull in pulls)
            Write(to, pull);
    }

    private static LanePull[] ReadPulls(WireReader from)
    {
        var pulls = new LanePull[from.Count(bytesEach: 2)];
        for (var i = 0; i < pulls.Length; i++)
            pulls[i] = new LanePull(from.Int(), from.Number());
        return pulls;
    }

    private static void Write(WireWriter to, Welcome welcome)
    {
        to.Number(welcome.Budget.MaxPaddedTokens);
        to.Number(welcome.Budget.MaxWindows);
        to.Float((float)welcome.Budget.MaxPaddingShare);
        to.Number(welcome.Budget.FreePaddingTokens);
        to.Number(welcome.Lanes.Count);
        foreach (var lane in welcome.Lanes)
        {
            to.Number(lane.Lane);
            to.Text(lane.Device);
            to.Number((int)lane.State);
            to.Number(lane.Restarts);
        }
    }

    private static Welcome ReadWelcome(WireReader from)
    {
        var budget = new PaddedTokenBudget(from.Int(), from.Int(), from.Float(), from.Int());
        var lanes = new RecognitionProtocol.LaneStatus[from.Count(bytesEach: 4)];
        for (var i = 0; i < lanes.Length; i++)
        {
            lanes[i] = new RecognitionProtocol.LaneStatus(
                from.Int(), from.Text(MostName), from.Enum<RecognitionProtocol.LaneState>(), from.Int());
        }

        return new Welcome(budget, lanes);
    }

    private static UnscoredWindow[] ReadFailures(WireReader from)
    {
        var failures = new UnscoredWindow[from.Count(bytesEach: 4)];
        if (failures.Length > PoolSetup.MaxWindows)
            throw new SerializationException($"{failures.Length} windows have failed, a batch has {PoolSetup.MaxWindows} at most");
        for (var i = 0; i < failures.Length; i++)
        {
            var (index, code, message, attempts) = (from.Int(), from.Text(MostName), from.Text(MostMessage), from.Int());

            // By name alone: a number is none.
            var known = System.Enum.TryParse<FailureCode>(code, out var named) && named.ToString() == code && System.Enum.IsDefined(named);
            failures[i] = new UnscoredWindow(index, known ? named : FailureCode.InferenceFailed, message, attempts);
        }

        return failures;
    }

    /// <summary>The windows of a batch: the pieces that the model sees, and where the words begin that the window answers for.</summary>
    private static class WindowsWire
    {
        public static void Write(WireWriter to, TokenBatch batch)
        {
            to.Number(batch.Windows.Count);
            foreach (var window in batch.Windows)
            {
                var (range, rules) = (window.Range, window.Owner.Rules);
                to.Number((int)rules.Aggregation);
                to.Number((int)rules.Decoding);
                to.Number(window.Length - range.PieceCount);
                to.Number(range.PieceCount);
                foreach (var id in window.PieceIds)
                    to.Number(id);

                // The word behind the last one says where that ends.
                var firstPieces = window.Owner.Words.FirstPieces;
                var end = Math.Min(range.FirstWord + range.WordCount + 1, firstPieces.Length);
                if (end == range.FirstWord + range.WordCount + 1 && firstPieces[end - 1] >= range.FirstPiece + range.PieceCount)
                    end--;
                to.Number(range.WordCount);
                to.Number(end - range.FirstWord);
                var before = range.FirstPiece;
                for (var word = range.FirstWord; word < end; word++)
                {
                    to.Number(firstPieces[word] - before);
                    before = firstPieces[word];
                }
            }
        }

        public static TokenBatch Read(WireReader from)
        {
            var windows = Windows(from, bytesEach: 6);
            for (var i = 0; i < windows.Length; i++)
                windows[i] = ReadWindow(from);
            return new TokenBatch(windows);
        }

        private static TokenWindow ReadWindow(WireReader from)
        {
            var rules = new DecodingRules(from.Enum<Aggregation>(), [], from.Enum<LabelDecoding>());
            var special = from.Int();
            var pieces = new int[from.Count(bytesEach: 1)];
            for (var i = 0; i < pieces.Length; i++)
                pieces[i] = from.Int();
            var answered = from.Int();
            var firstPieces = new int[from.Count(bytesEach: 1)];
            for (var i = 0; i < firstPieces.Length; i++)
            {
                var first = (i == 0 ? 0L : firstPieces[i - 1]) + from.Int();
                if (first >= pieces.Length)
                    throw new SerializationException($"a word begins at piece {first} of {pieces.Length}");
                firstPieces[i] = (int)first;
            }

            if (answered > firstPieces.Length || special > 16)
                throw new SerializationException("a window answers for words that it does not hold");
            return Window.Make(pieces, firstPieces, answered, special, rules);
        }
    }

    /// <summary>The labels and scores of a batch's words, window by window.</summary>
    private static class ScoresWire
    {
        public static void Write(WireWriter to, TokenBatch batch)
        {
            to.Number(batch.Windows.Count);
            foreach (var window in batch.Windows)
            {
                var (owner, range) = (window.Owner, window.Range);
                to.Number(range.WordCount);
                for (var word = range.FirstWord; word < range.FirstWord + range.WordCount; word++)
                {
                    to.Number(owner.WordLabels[word]);
                    to.Float(owner.WordScores[word]);
                }

                var labels = owner.Emissions is { } all && owner.Words.Count > 0 ? all.Length / owner.Words.Count : 0;
                to.Number(labels);
                if (labels > 0)
                    to.Floats(owner.Emissions.AsSpan(range.FirstWord * labels, range.WordCount * labels));
            }
        }

        public static TokenBatch Read(WireReader from)
        {
            var windows = Windows(from, bytesEach: 2);
            for (var i = 0; i < windows.Length; i++)
            {
                var words = from.Count(bytesEach: 5);
                var window = Window.Make([], new int[words], words, special: 0, DecodingRules.Default);
                for (var word = 0; word < words; word++)
                {
                    window.Owner.WordLabels[word] = from.Int();
                    window.Owner.WordScores[word] = from.Float();
                }

                if (from.Int() is var labels and > 0)
                    from.Floats(window.Owner.EmissionsFor(from.Fits((long)labels * words, bytesEach: 4) ? labels : 0));
                windows[i] = window;
            }

            return new TokenBatch(windows);
        }
    }

    private static class Window
    {
        public static TokenWindow Make(int[] pieces, int[] firstPieces, int answered, int special, DecodingRules rules)
        {
            var nowhere = new int[firstPieces.Length];
            return new TokenizedDocument(
                NoText, pieces, new WordColumns(nowhere, nowhere, firstPieces), [new WindowRange(0, pieces.Length, 0, answered)], special,
                truncated: false)
            {
                Rules = rules,
            }.Windows[0];
        }

        private static readonly Document NoText = new(new DocumentId("pool"), "");
    }
}
