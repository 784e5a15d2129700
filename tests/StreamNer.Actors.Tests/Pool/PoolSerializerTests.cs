using System.Runtime.Serialization;
using Akka.Actor;
using Akka.TestKit.Xunit;
using StreamNer.Actors.Pool;
using StreamNer.Actors.Recognition;
using StreamNer.Inference.Batching;
using StreamNer.Inference.Decoding;
using StreamNer.Inference.Domain;
using StreamNer.Inference.Windows;
using StreamNer.Inference.Words;
using StreamNer.TestSupport.Inference;
using static StreamNer.Actors.Pool.PoolProtocol;

namespace StreamNer.Actors.Tests.Pool;

public class PoolSerializerTests : TestKit
{
    private const int Labels = 2;

    private readonly PoolSerializer _serializer;

    public PoolSerializerTests() => _serializer = new PoolSerializer((ExtendedActorSystem)Sys);

    public static TheoryData<object> Messages =>
    [
        new Greet("en-ner-small", "0ccde25c", HasWork: true, LongestWindow: 512),
        new Refused("model x has the hash a there and b here"),
        new WorkChanged(HasWork: false),
        new Pull(3, long.MaxValue, IsIdle: true),
        new NoWork(0, 1),
        new LaneLost(7, Computing: true),
        Leaving.Instance,
        Left.Instance,
        Unknown.Instance,
    ];

    [Theory]
    [MemberData(nameof(Messages), DisableDiscoveryEnumeration = true)]
    public void A_message_comes_back_as_it_was_written(object message) => Assert.Equal(message, Back(message));

    [Fact]
    public void A_welcome_comes_back_with_its_lanes()
    {
        var welcome = new Welcome(new PaddedTokenBudget(1024, 256, 0.25, 64),
            [new(0, "cuda:0", RecognitionProtocol.LaneState.Ready, 0), new(1, "cpu", RecognitionProtocol.LaneState.Restarting, 300)]);
        var back = (Welcome)Back(welcome);
        Assert.Equal(welcome.Budget, back.Budget);
        Assert.Equal(welcome.Lanes, back.Lanes);
    }

    [Fact]
    public void An_audit_and_its_answer_come_back_with_their_pulls()
    {
        LanePull[] pulls = [new(0, 1), new(0, 2), new(300, 1L << 40)];
        var audit = (Audit)Back(new Audit(HasWork: true, pulls));
        Assert.True(audit.HasWork);
        Assert.Equal(pulls, audit.Open);
        Assert.Equal(pulls, ((Missing)Back(new Missing(pulls))).Lost);
    }

    [Fact]
    public void A_batch_comes_back_with_pieces_words_and_rules_and_without_text()
    {
        foreach (var batch in Batches(new Random(1)))
        {
            var back = (Batch)Back(new Batch(4, 9, batch));
            Assert.Equal((4, 9L), (back.Lane, back.Number));
            Assert.Equal(batch.Windows.Count, back.Windows.Windows.Count);
            foreach (var (was, window) in batch.Windows.Zip(back.Windows.Windows))
            {
                Assert.Equal(was.PieceIds, window.PieceIds);
                Assert.Equal((was.Length, was.Range.WordCount), (window.Length, window.Range.WordCount));
                Assert.Equal(was.Owner.Rules.Aggregation, window.Owner.Rules.Aggregation);
                Assert.Equal(was.Owner.Rules.Decoding, window.Owner.Rules.Decoding);
                Assert.Empty(window.Owner.Document.Text);
            }
        }
    }

    [Fact]
    public void What_is_computed_on_the_other_side_of_the_wire_is_what_is_computed_here()
    {
        foreach (var batch in Batches(new Random(2)))
        {
            var sent = ((Batch)Back(new Batch(0, 1, batch))).Windows;
            Compute(sent);
            var answer = (Scored)Back(new Scored(0, 1, sent, []));
            Assert.True(ScoredWindows.TryTake(answer, batch, Labels));
            var byWire = batch.Windows.Select(Answers).ToArray();
            Compute(batch);
            Assert.Equal(batch.Windows.Select(Answers), byWire);
        }
    }

    [Fact]
    public void Windows_without_labels_come_back_with_what_was_said_of_them()
    {
        var batch = Batches(new Random(3)).First();
        Compute(batch);
        var failed = new UnscoredWindow(0, FailureCode.InferenceFailed, "an index is out of range", 3);
        Assert.Equal(failed, Assert.Single(((Scored)Back(new Scored(1, 2, batch, [failed]))).Failed));
    }

    [Fact]
    public void Bytes_that_end_too_early_are_refused_wherever_they_end()
    {
        object[] messages =
        [
            .. Messages.Select(row => row.Data).Where(message => message is not (Leaving or Left or Unknown)),
            new Batch(1, 1, Batches(new Random(4)).First()),
            new Audit(HasWork: true, [new LanePull(1, 2)]),
        ];
        foreach (var message in messages)
        {
            var bytes = _serializer.ToBinary(message);
            for (var length = 1; length < bytes.Length; length++)
                Assert.Throws<SerializationException>(() => _serializer.FromBinary(bytes[..length], _serializer.Manifest(message)));
        }
    }

    [Fact]
    public void Any_bytes_are_read_or_refused_and_never_cost_more_than_they_hold()
    {
        var random = new Random(5);
        var batch = _serializer.ToBinary(new Batch(1, 1, Batches(random).First()));
        string[] manifests = ["greet", "welcome", "batch", "scored", "audit", "missing", "pull", "refused", "other"];
        for (var i = 0; i < 20_000; i++)
        {
            var bytes = i % 2 == 0 ? [.. batch] : new byte[random.Next(1, 64)];
            if (i % 2 == 0)
                bytes[random.Next(1, bytes.Length)] = (byte)random.Next(256);
            else
                random.NextBytes(bytes);
            bytes[0] = 1;
            var manifest = i % 2 == 0 ? "batch" : manifests[random.Next(manifests.Length)];
            var most = 64_000 + (bytes.Length * 1_000);

            // What is allocated once, for the first error of its kind, is the runtime's: the same bytes cost less the second time.
            var cost = Cost(bytes, manifest);
            Assert.InRange(cost > most ? Cost(bytes, manifest) : cost, 0, most);
        }
    }

    /// <summary>Bytes that are allocated for reading or refusing a message.</summary>
    private long Cost(byte[] bytes, string manifest)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            _serializer.FromBinary(bytes, manifest);
        }
        catch (SerializationException)
        {
        }

        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    [Fact]
    public void Another_version_is_refused_by_its_number()
    {
        var bytes = _serializer.ToBinary(Leaving.Instance);
        bytes[0] = 3;
        var refused = Assert.Throws<SerializationException>(() => _serializer.FromBinary(bytes, "leaving"));
        Assert.Contains("version 3, this node reads 2", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_answer_that_does_not_fit_its_batch_is_not_taken()
    {
        var batch = Batches(new Random(6)).First(batch => batch.Windows.Sum(window => window.Range.WordCount) > 0);
        var other = Batches(new Random(7)).First(other => other.Windows.Count != batch.Windows.Count);
        Compute(other);
        Assert.False(ScoredWindows.TryTake((Scored)Back(new Scored(0, 1, other, [])), batch, Labels));

        var sent = ((Batch)Back(new Batch(0, 1, batch))).Windows;
        Compute(sent);
        sent.Windows.First(window => window.Range.WordCount > 0).Owner.WordLabels[0] = Labels;
        Assert.False(ScoredWindows.TryTake((Scored)Back(new Scored(0, 1, sent, [])), batch, Labels));
        var scored = new Scored(0, 1, batch, [new UnscoredWindow(batch.Windows.Count, default, "", 1)]);
        Assert.False(ScoredWindows.TryTake(scored, batch, Labels));
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(1e30f)]
    [InlineData(-0.5f)]
    public void An_answer_whose_score_is_no_probability_is_not_taken(float score)
    {
        var batch = Batches(new Random(8)).First(batch => batch.Windows.Sum(window => window.Range.WordCount) > 0);
        var sent = ((Batch)Back(new Batch(0, 1, batch))).Windows;
        Compute(sent);
        sent.Windows.First(window => window.Range.WordCount > 0).Owner.WordScores[0] = score;
        Assert.False(ScoredWindows.TryTake((Scored)Back(new Scored(0, 1, sent, [])), batch, Labels));
    }

    [Fact]
    public void A_hash_a_reason_or_a_message_without_end_is_refused_or_cut()
    {
        var endless = new string('x', 100_000);
        Assert.Throws<SerializationException>(() => Back(new Greet("scripted", endless, HasWork: true, LongestWindow: 512)));
        Assert.Equal(1024, ((Refused)Back(new Refused(endless))).Reason.Length);
        Assert.Equal("a␊\uFFFDb", ((Refused)Back(new Refused("a\n\u202Eb"))).Reason);
    }

    [Fact]
    public void A_code_that_is_a_number_is_none()
    {
        var batch = Batches(new Random(9)).First();
        Compute(batch);
        var failed = new UnscoredWindow(0, (FailureCode)999, "", 1);
        Assert.Equal(FailureCode.InferenceFailed, Assert.Single(((Scored)Back(new Scored(1, 2, batch, [failed]))).Failed).Code);
    }

    [Fact]
    public void Words_whose_beginnings_overflow_are_refused()
    {
        // One window: by the first rules, no special piece, one piece; two words answered for, and three beginnings.
        var to = new WireWriter();
        to.Byte(2);
        foreach (var number in (int[])[0, 1, 1, 0, 0, 0, 1, 5, 2, 3, int.MaxValue, int.MaxValue, 2])
            to.Number(number);
        var refused = Assert.Throws<SerializationException>(() => _serializer.FromBinary(to.ToArray(), "batch"));
        Assert.Contains("a word begins at piece", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_batch_of_more_windows_than_one_may_have_is_refused()
    {
        var to = new WireWriter();
        to.Byte(2);
        foreach (var number in (int[])[0, 1, PoolSetup.MaxWindows + 1])
            to.Number(number);
        var bytes = to.ToArray();
        var refused = Assert.Throws<SerializationException>(
            () => _serializer.FromBinary([.. bytes, .. new byte[PoolSetup.MaxWindows * 10]], "scored"));
        Assert.Contains("65537 windows", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_else_is_ever_written_or_read_between_nodes()
    {
        var refusing = new RefusingSerializer((ExtendedActorSystem)Sys, Sys.Settings.Config);
        Assert.Throws<SerializationException>(() => refusing.ToBinary("text"));
        Assert.Throws<SerializationException>(() => refusing.FromBinary([1], typeof(string)));
        Assert.Throws<SerializationException>(() => _serializer.Manifest("text"));
    }

    private object Back(object message) => _serializer.FromBinary(_serializer.ToBinary(message), _serializer.Manifest(message));

    private static (int[] Labels, float[] Scores, float[] Logits) Answers(TokenWindow window)
    {
        var (owner, range) = (window.Owner, window.Range);
        return (owner.WordLabels[range.FirstWord..(range.FirstWord + range.WordCount)],
            owner.WordScores[range.FirstWord..(range.FirstWord + range.WordCount)],
            owner.Emissions is { } all ? all[(range.FirstWord * Labels)..((range.FirstWord + range.WordCount) * Labels)] : []);
    }

    private static void Compute(TokenBatch batch)
    {
        using var classifier = new ScriptedClassifier(Labels, id => id % Labels);
        Assert.Empty(BatchRunner.RunToEnd(classifier, batch, new WordTokenizer().Special).Failed);
    }

    // Short and long texts, of which some become several windows, by every rule.
    private static IEnumerable<TokenBatch> Batches(Random random)
    {
        WordOptions[] rules =
        [
            .. Enum.GetValues<Aggregation>().Select(aggregation => new WordOptions { Aggregation = aggregation }),
            new WordOptions { Decoding = LabelDecoding.Constrained },
        ];
        for (var i = 0; i < 60; i++)
        {
            var tokenizer = new DocumentTokenizer(
                new WordTokenizer(lettersPerPiece: random.Next(1, 4)), 12, new WindowOptions { OverlapPieces = 2 },
                rules[i % rules.Length]);
            List<TokenWindow> windows = [];
            for (var text = 0; text < random.Next(1, 6); text++)
            {
                var words = Enumerable.Range(0, random.Next(1, 20)).Select(_ => new string((char)random.Next('A', 'z'), random.Next(1, 9)));
                var document = tokenizer.Tokenize(new Document(new DocumentId("d"), string.Join(' ', words)), out _)!;
                windows.AddRange(document.Windows);
            }

            yield return new TokenBatch(windows);
        }
    }
}
