using StreamNer.Host.Settings;

namespace StreamNer.Host.Tests.Web;

public sealed class WebOptionsTests
{
    [Theory]
    [InlineData("http://127.0.0.1:8080", true)]
    [InlineData("http://127.0.0.2:8080", true)]
    [InlineData("http://[::1]:8080", true)]
    [InlineData("http://localhost:8080", true)]
    [InlineData("http://NER.localhost:8080", true)]
    [InlineData("http://0.0.0.0:8080", false)]
    [InlineData("http://*:8080", false)]
    [InlineData("http://localhost.example:8080", false)]
    [InlineData("http://notlocalhost:8080", false)]
    public void An_address_is_this_machine_only_where_the_server_listens_on_it_only(string url, bool isLoopback)
    {
        var options = new WebOptions { Url = url };

        Assert.Empty(options.Problems());
        Assert.Equal(isLoopback, options.IsLoopback);
    }

    [Theory]
    [InlineData("http://me@127.0.0.1:8080")]
    [InlineData("http://127.0.0.1:8080/#x")]
    [InlineData("http://127.0.0.1:8080/path")]
    [InlineData("ftp://127.0.0.1:8080")]
    public void An_address_with_more_than_a_server_reads_is_refused(string url) =>
        Assert.Contains($"Url is '{url}', it must be http or https, a host or address and a port",
            Assert.Single(new WebOptions { Url = url }.Problems()));

    [Fact]
    public void A_key_of_a_certificate_is_refused_where_nothing_is_encrypted() =>
        Assert.Contains("Certificate:KeyPath is 'key.pem', it is used only where",
            Assert.Single(new WebOptions { Certificate = new() { KeyPath = "key.pem" } }.Problems()));

    [Theory]
    [InlineData("http://localhost:0")]
    [InlineData("http://ner.localhost:0")]
    public void Any_free_port_is_taken_for_an_address_and_not_for_a_name_of_two(string url)
    {
        Assert.Contains("write http://127.0.0.1:0", Assert.Single(new WebOptions { Url = url }.Problems()));
        Assert.Empty(new WebOptions { Url = "http://127.0.0.1:0" }.Problems());
    }
}
