using StreamNer.Tools.Hub;

namespace StreamNer.Tools.Tests.Hub;

public class RepositoryNameTests
{
    [Theory]
    [InlineData("dslim/bert-base-NER")]
    [InlineData("bert-base-uncased")]
    [InlineData("Foo-BAR_foo/bar.1.2")]
    public void A_repository_is_an_owner_and_a_name(string name) => Assert.Null(RepositoryName.Problem(name));

    [Theory]
    [InlineData("")]
    [InlineData("..")]
    [InlineData("../models")]
    [InlineData("owner/..")]
    [InlineData("owner/name/more")]
    [InlineData("owner//name")]
    [InlineData("/owner")]
    [InlineData("owner\\name")]
    [InlineData("owner/name?x=1")]
    [InlineData("owner/name#x")]
    [InlineData("owner/.hidden")]
    [InlineData("owner/a--b")]
    [InlineData("owner/name.git")]
    [InlineData("owner/name\n")]
    [InlineData("owner/%2e%2e")]
    public void What_could_be_another_place_is_none(string name) => Assert.NotNull(RepositoryName.Problem(name));

    [Theory]
    [InlineData("main", true)]
    [InlineData("v1.0", true)]
    [InlineData("refs/pr/1", true)]
    [InlineData("0123456789abcdef0123456789abcdef01234567", true)]
    [InlineData("../main", false)]
    [InlineData("a/../b", false)]
    [InlineData("/main", false)]
    [InlineData("main?x", false)]
    [InlineData("a b", false)]
    [InlineData("", false)]
    public void A_revision_is_a_branch_a_tag_or_a_commit(string revision, bool isOne) =>
        Assert.Equal(isOne, RepositoryName.RevisionProblem(revision) is null);
}
