using StreamNer.Inference.Domain;
using StreamNer.Inference.Models.Folders;
using StreamNer.TestSupport;

namespace StreamNer.Inference.Tests.Models;

/// <summary>Each model that the product ships is whole, and right about a sentence of its kind.</summary>
public sealed class ShippedModelsTests
{
    private static readonly Dictionary<string, (string Text, string Labels)> Models = new()
    {
        ["en-bio-small"] = ("The p53 gene suppresses breast cancer in mice .", "O O O O B-Disease I-Disease O O O"),
        ["en-ner-base"] = ("Sarah Miller lives in London .", "B-PER I-PER O O B-LOC O"),
        ["en-ner-small"] = ("Sarah Miller lives in London .", "B-PER I-PER O O B-LOC O"),
        ["en-pos-base"] = ("Sarah Miller lives in London .", "PROPN PROPN VERB ADP PROPN PUNCT"),
        ["en-pos-small"] = ("Sarah Miller lives in London .", "PROPN PROPN VERB ADP PROPN PUNCT"),
        ["en-slots-small"] = ("wake me up at seven am on friday", "O O O O B-timeRange I-timeRange O B-timeRange"),
    };

    public static TheoryData<string> Names => [.. Models.Keys];

    [Fact]
    public void Every_model_of_the_repository_is_looked_at() => Assert.Equal(
        Directory.EnumerateDirectories(Repository.File("models")).Select(Path.GetFileName).Order(StringComparer.Ordinal),
        Models.Keys.Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Names))]
    public void A_model_is_whole_and_labels_its_sentence(string name)
    {
        var folder = ModelFolder.Open(Repository.File("models", name));
        Assert.Empty(ModelTrial.Problems(folder, TestContext.Current.CancellationToken));
        Assert.Empty(folder.Labels.Misfits);

        using var pipeline = TokenClassificationPipeline.Load(folder);
        var (text, labels) = Models[name];
        var labelled = Assert.IsType<DocumentOutcome.Labelled>(pipeline.Label(text));
        Assert.Equal(labels, string.Join(' ', labelled.Tokens.Select(token => token.Label)));
    }
}
