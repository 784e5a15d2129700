using StreamNer.Host.Settings;
using StreamNer.Inference.Files;

namespace StreamNer.Host.Tests.Web;

public sealed class CertificateFileTests : IDisposable
{
    private const string Password = "correct-horse-battery";

    private readonly SelfSignedCertificate _files = new();
    private readonly SelfSignedCertificate _others = new();

    public void Dispose()
    {
        _files.Dispose();
        _others.Dispose();
    }

    [Fact]
    public void Certificate_and_key_may_stand_in_two_files_or_in_one_and_behind_a_password()
    {
        CertificateOptions[] ways =
        [
            new() { Path = _files.Pem(), KeyPath = _files.Key() },
            new() { Path = _files.Pem(), KeyPath = _files.Key(Password), Password = Password },
            new() { Path = _files.Both() },
            new() { Path = _files.Pfx(Password), Password = Password },
        ];

        foreach (var way in ways)
        {
            List<string> problems = [];
            var read = CertificateFile.Read(WebOptions.CertificateSection, way, DateTimeOffset.UtcNow, problems);
            Assert.Empty(problems);
            Assert.True(read!.Certificate.HasPrivateKey);
            Assert.Equal(_files.Thumbprint, read.Certificate.Thumbprint);
            Assert.Empty(read.Issuers);
        }
    }

    [Fact]
    public void Certificates_of_issuers_that_follow_are_sent_along()
    {
        var chain = _files.Write("chain.pem", File.ReadAllText(_files.Pem()) + "\n" + File.ReadAllText(_others.Pem()));

        var read = CertificateFile.Read(
            WebOptions.CertificateSection, new() { Path = chain, KeyPath = _files.Key() }, DateTimeOffset.UtcNow, []);

        Assert.Equal(_files.Thumbprint, read!.Certificate.Thumbprint);
        Assert.Equal(_others.Thumbprint, Assert.Single(read.Issuers).Thumbprint);
    }

    [Fact]
    public void Files_that_are_not_there_are_named_with_their_setting()
    {
        Assert.Contains("StreamNer:Web:Certificate:Path: /none.pem: can't be read", Problem(new() { Path = "/none.pem" }));
        Assert.Contains("StreamNer:Web:Certificate:KeyPath: /none.pem: can't be read",
            Problem(new() { Path = _files.Pem(), KeyPath = "/none.pem" }));
    }

    [Fact]
    public void A_file_of_something_else_is_called_so()
    {
        Assert.Contains("neither PEM nor a PFX", Problem(new() { Path = _files.Write("text.txt", "no certificate") }));
        Assert.Contains("can't be used together",
            Problem(new() { Path = _files.Write("broken.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n"), KeyPath = _files.Key() }));
        Assert.Contains("holds no private key in PEM", Problem(new() { Path = _files.Pem(), KeyPath = _files.Pem() }));
    }

    [Fact]
    public void A_certificate_without_its_key_says_where_the_key_is_named() =>
        Assert.Contains("holds no private key; StreamNer:Web:Certificate:KeyPath names the file that does",
            Problem(new() { Path = _files.Pem() }));

    [Fact]
    public void A_key_of_another_certificate_is_refused() =>
        Assert.Contains("The key must be that of the first certificate", Problem(new() { Path = _files.Pem(), KeyPath = _others.Key() }));

    [Fact]
    public void A_wrong_password_is_refused_and_never_told()
    {
        Assert.Contains("StreamNer:Web:Certificate:Password", Problem(new() { Path = _files.Pfx(Password), Password = "wrong-password" }));
        Assert.Contains("StreamNer:Web:Certificate:Password",
            Problem(new() { Path = _files.Pem(), KeyPath = _files.Key(Password), Password = "wrong-password" }));
    }

    [Fact]
    public void A_certificate_that_has_expired_or_is_not_valid_yet_is_refused_with_the_date()
    {
        using var expired = new SelfSignedCertificate(fromDays: -10, toDays: -2);
        using var early = new SelfSignedCertificate(fromDays: 2);

        Assert.Contains("has expired on 20", Problem(new() { Path = expired.Both() }));
        Assert.Contains("is valid from 20", Problem(new() { Path = early.Both() }));
    }

    [Theory]
    [InlineData("https://127.0.0.1:8443", "", "with https StreamNer:Web:Certificate:Path must name a certificate")]
    [InlineData("http://127.0.0.1:8080", "both.pem", "it is used only where StreamNer:Web:Url begins with https")]
    public void Address_and_certificate_must_go_together(string url, string path, string expected) =>
        Assert.Contains(expected, Assert.Single(new WebOptions { Url = url, Certificate = new() { Path = path } }.Problems()));

    [Fact]
    public void The_options_never_show_the_password() =>
        Assert.DoesNotContain(Password, new CertificateOptions { Password = Password }.ToString());

    private static string Problem(CertificateOptions options)
    {
        List<string> problems = [];
        Assert.Null(CertificateFile.Read(WebOptions.CertificateSection, options, DateTimeOffset.UtcNow, problems));
        var problem = Assert.Single(problems);
        Assert.DoesNotContain("wrong-password", problem);
        return problem;
    }
}
