using StreamNer.Inference.Models;

namespace StreamNer.Inference.Tests.Models;

public class SoftmaxTests
{
    [Fact]
    public void The_best_label_has_its_share_of_the_exponentials()
    {
        Assert.Equal(1, Softmax.Best([0f, MathF.Log(3)], out var probability));
        Assert.Equal(0.75f, probability, 1e-6f);
    }

    [Fact]
    public void Of_equal_logits_the_first_wins() => Assert.Equal(0, Softmax.Best([2f, 2f], out _));

    [Fact]
    public void Large_logits_do_not_overflow()
    {
        Assert.Equal(1, Softmax.Best([-3e38f, 3e38f], out var probability));
        Assert.Equal(1f, probability);
    }

    [Fact]
    public void A_row_without_numbers_gives_a_score_of_zero()
    {
        Softmax.Best([float.NaN, float.NaN], out var probability);
        Assert.Equal(0f, probability);
    }
}
