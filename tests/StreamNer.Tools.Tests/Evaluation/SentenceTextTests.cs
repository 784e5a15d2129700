using StreamNer.Tools.Evaluation;

namespace StreamNer.Tools.Tests.Evaluation;

public sealed class SentenceTextTests
{
    [Theory]
    [InlineData("John Smith , of London , said : \" Hi \" .", "John Smith, of London, said: \"Hi\".")]
    [InlineData("He ( Smith ) does n't know Smith 's house", "He (Smith) doesn't know Smith's house")]
    [InlineData("我 在 北京 工作 。 OK", "我在北京工作。 OK")]
    [InlineData("New York - based", "New York - based")]
    public void Words_are_put_together_as_people_write_them(string words, string text) =>
        Assert.Equal(text, SentenceText.Join(words.Split(' ')).Text);

    [Fact]
    public void Each_word_knows_where_it_stands()
    {
        string[] words = ["\"", "London", "\"", ",", "", "我", "在"];
        var joined = SentenceText.Join(words);
        Assert.Equal(words, joined.Words.Select(word => word.In(joined.Text).ToString()));
    }
}
