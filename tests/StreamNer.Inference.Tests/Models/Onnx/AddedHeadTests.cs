using CsCheck;
using Google.Protobuf;
using StreamNer.Inference.Batching;
using StreamNer.Inference.Decoding;
using StreamNer.Inference.Domain;
using StreamNer.Inference.Models;
using StreamNer.Inference.Models.Folders;
using StreamNer.Inference.Models.Onnx;
using StreamNer.Inference.Models.Onnx.Graph;
using StreamNer.Inference.Windows;
using StreamNer.Inference.Words;
using StreamNer.TestSupport;
using StreamNer.TestSupport.Inference;

namespace StreamNer.Inference.Tests.Models.Onnx;

public sealed class AddedHeadTests
{
    private const float FloatPrecision = 1e-6f;

    private static readonly string[] Labels = ["O", "B-PER", "I-PER", "B-LOC", "I-LOC"];

    private static readonly string[] Texts =
    [
        "John Lenon was born in London and lived in New York", "Patients with diabetes take metformin, not aspirin .",
        "play Yesterday by John", "", "x",
        "Angela Merkel met the president of the European Commission, Ursula von der Leyen, in Brussels on Tuesday",
        string.Join(' ', Enumerable.Repeat("The Bank of England raised rates, said Andrew Bailey.", 30)),
    ];

    [Theory]
    [InlineData("en-ner-small", Aggregation.Scheme)]
    [InlineData("en-ner-small", Aggregation.None)]
    [InlineData("en-ner-small", Aggregation.Simple)]
    [InlineData("en-ner-small", Aggregation.First)]
    [InlineData("en-ner-small", Aggregation.Max)]
    [InlineData("en-ner-small", Aggregation.Average)]
    [InlineData("en-pos-small", Aggregation.Scheme)]
    [InlineData("en-bio-small", Aggregation.Scheme)]
    [InlineData("en-slots-small", Aggregation.Simple)]
    public void Labels_and_probabilities_are_those_of_the_full_logits(string model, Aggregation aggregation)
    {
        var folder = ModelFolder.Open(Path.Combine(Repository.Root, "models", model));
        var words = new WordOptions { Aggregation = aggregation };
        AssertSame(Outcomes(folder, words, addsHead: false), Outcomes(folder, words, addsHead: true));
    }

    [Fact]
    public void Sequences_that_are_weighed_as_a_whole_are_weighed_by_the_logits()
    {
        var folder = ModelFolder.Open(Repository.DefaultModel);
        var words = new WordOptions { Decoding = LabelDecoding.Constrained };
        AssertSame(Outcomes(folder, words, addsHead: false), Outcomes(folder, words, addsHead: true));
    }

    [Theory]
    [InlineData(11, false)]
    [InlineData(12, true)]
    [InlineData(13, false)]
    [InlineData(17, true)]
    [InlineData(18, false)]
    [InlineData(20, true)]
    public void In_each_version_of_the_operators_and_both_precisions_it_says_what_the_logits_say(int version, bool half)
    {
        using var model = new TableModel(Labels, [.. Enumerable.Range(0, 40).Select(word => ($"w{word}", Labels[word % Labels.Length]))]);
        Rewrite(model.Folder, file =>
        {
            file.OpsetImport[0].Version = version;
            if (half)
                GiveHalves(file);
        });
        var folder = ModelFolder.Open(model.Folder);
        Assert.Equal(half, folder.Graph.HalfPrecision);
        var windows = Windows(folder, string.Join(' ', Enumerable.Range(0, 40).Select(word => $"w{word}")));
        Assert.Equal(2, windows.Length);
        AssertSame(folder, windows);
    }

    [Fact]
    public void Of_any_row_it_names_the_first_of_the_highest_and_its_share() =>
        Gen.Select(Gen.Float[-30, 30].Array[2, 6].Array[1, 20], Gen.Bool).Sample((rows, ties) =>
        {
            var labels = rows.Max(row => row.Length);
            using var model = new TableModel([.. Enumerable.Range(0, labels).Select(label => $"L{label}")],
                [.. rows.Index().Select(row => ($"w{row.Index}", "L0"))]);
            Rewrite(model.Folder, file =>
            {
                var table = file.Graph.Initializer.First(tensor => tensor.Name == "embeddings");
                var values = new float[(rows.Length + 4) * labels];
                foreach (var (r, row) in rows.Index())
                {
                    for (var i = 0; i < row.Length; i++)
                        values[((r + 4) * labels) + i] = ties ? MathF.Round(row[i] / 10) : row[i];
                }

                table.RawData = ByteString.CopyFrom(System.Runtime.InteropServices.MemoryMarshal.AsBytes(values.AsSpan()));
            });
            var folder = ModelFolder.Open(model.Folder);
            var text = string.Join(' ', Enumerable.Range(0, rows.Length).Select(word => $"w{word}"));
            AssertSame(folder, Windows(folder, text));
        }, iter: 60);

    [Theory]
    [InlineData("1", "sequence")]
    [InlineData("2", "8")]
    [InlineData("1", "64")]
    [InlineData("batch", "sequence")]
    public void A_graph_of_fixed_sizes_has_it_too(string batch, string sequence)
    {
        using var model = new LookupModel("bert-cased", ["O", "B-LOC", "I-LOC"], ("London", "B-LOC"), ("Paris", "B-LOC"));
        foreach (var inputs in (string[][])[["input_ids", "attention_mask"], ["input_ids"]])
        {
            model.Graph(inputs, batch, sequence);
            var folder = ModelFolder.Open(model.Folder);
            AssertSame(Outcomes(folder, new WordOptions(), addsHead: false), Outcomes(folder, new WordOptions(), addsHead: true));
        }
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public void A_logit_that_is_no_number_fails_its_window_as_it_does_without(float value)
    {
        using var model = new TableModel(["O", "B-LOC"], ("London", "B-LOC"), ("Paris", "O"));
        Rewrite(model.Folder, file =>
        {
            var table = file.Graph.Initializer.First(tensor => tensor.Name == "embeddings");
            var values = table.RawData.ToByteArray();
            BitConverter.TryWriteBytes(values.AsSpan(5 * 2 * sizeof(float)), value);
            table.RawData = ByteString.CopyFrom(values);
        });
        var folder = ModelFolder.Open(model.Folder);
        var tokenizer = new DocumentTokenizer(folder.Tokenizer, 32, new WindowOptions());
        var batch = new TokenBatch([.. ((string[])["London", "Paris"])
            .SelectMany(text => tokenizer.Tokenize(new Document(new DocumentId(text), text), out _)!.Windows.ToArray())]);
        using var classifier = Classifier(folder, addsHead: true);
        var failure = Assert.Single(BatchRunner.RunToEnd(classifier, batch, folder.Tokenizer.Special).Failed);
        Assert.Equal("Paris", failure.Window.Owner.Document.Id.Value);
        Assert.True(failure.NotFinite);
    }

    [Fact]
    public void Weights_that_lie_in_a_file_beside_the_model_are_found()
    {
        using var model = new TableModel(Labels, ("London", "B-LOC"), ("Sarah", "B-PER"));
        Rewrite(model.Folder, file =>
            file.Graph.Initializer.First(tensor => tensor.Name == "embeddings").MoveTo(model.Folder, "weights"));
        var folder = ModelFolder.Open(model.Folder);
        var labelled = Outcomes(folder, new WordOptions(), addsHead: true, "Sarah London")[0];
        Assert.Equal(["B-PER", "B-LOC"], labelled.Tokens.Select(token => token.Label));
    }

    [Fact]
    public void A_model_of_more_labels_than_it_can_count_goes_without() =>
        Assert.Null(AddedHead.AddTo(ModelFolder.Open(Repository.DefaultModel).OnnxFile, Signature(), labels: 70_000));

    private static GraphSignature Signature() => ModelFolder.Open(Repository.DefaultModel).Graph;

    private static ITokenClassifier Classifier(ModelFolder folder, bool addsHead) =>
        new OnnxTokenClassifierFactory(folder.Model) { AddsHead = addsHead }
            .Create(LanePlan.Create([new DeviceOptions { Lanes = 1, Threads = 1 }], cores: 1)[0]);

    /// <summary>Piece by piece: the label and its probability, against those of the logits.</summary>
    private static void AssertSame(ModelFolder folder, TokenWindow[] windows)
    {
        using var without = Classifier(folder, addsHead: false);
        using var with = Classifier(folder, addsHead: true);
        var batch = new TokenBatch(windows);
        var expected = without.Run(batch);
        var actual = with.Run(batch);
        Assert.True(expected.HasLogits);
        Assert.False(actual.HasLogits);
        for (var w = 0; w < windows.Length; w++)
        {
            for (var piece = 0; piece < windows[w].Length; piece++)
            {
                var label = expected.Best(w, piece, out var probability);
                Assert.Equal(label, actual.Best(w, piece, out var own));
                Assert.Equal(probability, own, FloatPrecision);
            }
        }
    }

    private static TokenWindow[] Windows(ModelFolder folder, string text) =>
    [
        .. new DocumentTokenizer(folder.Tokenizer, 32, new WindowOptions())
            .Tokenize(new Document(new DocumentId("d"), text), out _)!.Windows,
    ];

    private static DocumentOutcome.Labelled[] Outcomes(ModelFolder folder, WordOptions words, bool addsHead, params string[] texts)
    {
        using var classifier = Classifier(folder, addsHead);
        var tokenizer = new DocumentTokenizer(folder.Tokenizer, Math.Min(64, folder.Description.MaxPieces),
            new WindowOptions { OverlapPieces = 8 }, words);
        var decoder = new EntityDecoder(folder.Labels);
        var documents = (texts.Length > 0 ? texts : Texts)
            .Select((text, i) => tokenizer.Tokenize(new Document(new DocumentId($"{i}"), text), out _)!).ToArray();
        var batch = new TokenBatch([.. documents.SelectMany(document => document.Windows.ToArray())]);
        Assert.Empty(BatchRunner.RunToEnd(classifier, batch, folder.Tokenizer.Special).Failed);
        return [.. documents.Select(document => (DocumentOutcome.Labelled)decoder.Decode(document))];
    }

    private static void AssertSame(DocumentOutcome.Labelled[] expected, DocumentOutcome.Labelled[] actual)
    {
        for (var i = 0; i < expected.Length; i++)
        {
            Assert.Equal(expected[i].Tokens.Select(token => (token.Span, token.Label)),
                actual[i].Tokens.Select(token => (token.Span, token.Label)));
            Assert.Equal(expected[i].Entities.Select(entity => (entity.Span, entity.Label)),
                actual[i].Entities.Select(entity => (entity.Span, entity.Label)));
            foreach (var (one, other) in expected[i].Tokens.Zip(actual[i].Tokens))
                Assert.Equal(one.Score, other.Score, FloatPrecision);
        }
    }

    private static void Rewrite(string folder, Action<ModelProto> change)
    {
        var path = Path.Combine(folder, "model.onnx");
        var model = ModelProto.Parser.ParseFrom(File.ReadAllBytes(path));
        change(model);
        File.WriteAllBytes(path, model.ToByteArray());
    }

    private static void GiveHalves(ModelProto model)
    {
        const int Half = (int)TensorProto.Types.DataType.Float16;
        model.Graph.Node.Last().Output[0] = "wide";
        model.Graph.Node.Add(new NodeProto
        {
            OpType = "Cast",
            Input = { "wide" },
            Output = { "logits" },
            Attribute = { new AttributeProto { Name = "to", I = Half, Type = AttributeProto.Types.AttributeType.Int } },
        });
        model.Graph.Output[0].Type.TensorType.ElemType = Half;
    }
}
