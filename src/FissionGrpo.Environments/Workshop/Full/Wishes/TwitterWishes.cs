using System.Collections.Immutable;
using FissionGrpo.Environments.Python;

namespace FissionGrpo.Environments.Workshop.Full;

/// <summary>TwitterAPI: what changes anything needs a login first.</summary>
internal static class TwitterWishes
{
    private const string Api = "TwitterAPI";

    public static ImmutableArray<Wish> List { get; } =
    [
        new("twitter.post", 36, s =>
            {
                var text = s.Pools.Tweet(ref s.Rng);
                var extras = Post(s, text);
                return [("text", s.Quote(text)), ("extras", extras)];
            },
            "tweet {text}{extras}", "post {text} on Twitter{extras}", "share {text} as a tweet{extras}", "put out a tweet that says {text}{extras}")
        {
            Vague = ["post a tweet for me", "put something on Twitter", "I feel like sharing a thought as a tweet.", "send out a tweet in my name"],
            Supply = ["The text is {text}{extras}.", "It should say {text}{extras}.", "Tweet {text}{extras}.", "Please write {text}{extras}."],
        },
        new("twitter.retweet", 8, s => OnTweet(s, login: true, (id, said) =>
            {
                s.Do("retweet", ("tweet_id", id));
                return [("tweet", said)];
            }),
            "retweet {tweet}", "share {tweet} with my followers by retweeting", "{tweet} deserves a retweet.", "give {tweet} a retweet"),
        new("twitter.comment", 6, s => OnTweet(s, login: true, (id, said) =>
            {
                var text = s.Pools.Comment(ref s.Rng);
                s.Do("comment", ("tweet_id", id), ("comment_content", text));
                return [("tweet", said), ("text", s.Quote(text))];
            }),
            "comment {text} on {tweet}", "leave the comment {text} under {tweet}", "I want to react to {tweet} with the comment {text}.", "add {text} as a comment to {tweet}")
        {
            Vague = ["comment on {tweet}", "leave a comment under {tweet}", "I want to react to {tweet} with a comment.", "add my two cents to {tweet}"],
            Supply = ["The comment is {text}.", "Write {text}.", "It should read {text}.", "Just say {text}."],
        },
        new("twitter.mention", 2.5, s => OnTweet(s, login: false, (id, said) =>
            {
                var names = Pools.Several(s.Rng.Next(1, 3), ref s.Rng, s.Pools.Handle);
                s.Do("mention", ("tweet_id", id), ("mentioned_usernames", new PyList([.. names.Select(n => (PyValue)n)])));
                return [("tweet", said), ("names", Phrases.List(names))];
            }),
            "mention {names} in {tweet}", "add a mention of {names} to {tweet}", "{names} should be mentioned in {tweet}.", "tag {names} as mentioned in {tweet}"),
        new("twitter.login", 3, s => s.Look(Api, "authenticated").Bool ? null : Login(s) ? [] : null,
            "log me in to Twitter", "sign in to my Twitter account", "I need to be authenticated on Twitter.", "open my Twitter session"),
        new("twitter.follow", 0.8, s =>
            {
                Login(s);
                var name = s.Pools.UserName(ref s.Rng);
                s.Do("follow_user", ("username_to_follow", name));
                return [("name", s.Quote(name))];
            },
            "follow {name} on Twitter", "start following {name}", "I would like to see more of {name}; follow that account.", "subscribe me to {name} by following"),
        new("twitter.unfollow", 0.5, s =>
            {
                Login(s);
                var following = s.List(Api, "following_list");
                if (following.Count == 0)
                    return s.Fail();
                var name = following[s.Rng.Next(following.Count)];
                s.Do("unfollow_user", ("username_to_unfollow", name));
                return [("name", $"'{name}'")];
            },
            "stop following {name}", "unfollow {name}", "{name} posts too much; unfollow that account.", "take {name} off the accounts that I follow"),
        new("twitter.following", 0.5, s =>
            {
                Login(s);
                s.Do("list_all_following");
                return [];
            },
            "list the accounts that I follow", "show everyone I am following on Twitter", "Whom do I follow on Twitter?", "tell me which accounts I follow"),
        new("twitter.get", 0.8, s => OnTweet(s, login: false, (id, said) =>
            {
                s.Do("get_tweet", ("tweet_id", id));
                return [("tweet", said)];
            }),
            "show me {tweet}", "pull up {tweet}", "Let me read {tweet}.", "fetch {tweet}"),
        new("twitter.comments", 0.4, s => OnTweet(s, login: false, (id, said) =>
            {
                s.Do("get_tweet_comments", ("tweet_id", id));
                return [("tweet", said)];
            }),
            "show the comments on {tweet}", "list what people commented under {tweet}", "What are the comments to {tweet}?", "gather the comments of {tweet}"),
        new("twitter.user-tweets", 0.5, s =>
            {
                s.Do("get_user_tweets", ("username", s.Look(Api, "username")));
                return [("name", $"'{s.Look(Api, "username")}'")];
            },
            "show all tweets by the user {name}", "list what {name} has tweeted", "What has {name} posted on Twitter so far?", "collect the tweets of the account {name}"),
        new("twitter.search", 0.5, s =>
            {
                var tag = s.Pools.Tag(ref s.Rng);
                s.Do("search_tweets", ("keyword", tag));
                return [("tag", tag)];
            },
            "search tweets for {tag}", "look for tweets with {tag}", "Are there tweets about {tag}?", "find tweets that carry {tag}"),
        new("twitter.stats", 0.4, s =>
            {
                s.Do("get_user_stats", ("username", s.Look(Api, "username")));
                return [("name", $"'{s.Look(Api, "username")}'")];
            },
            "show the statistics of the Twitter user {name}", "give me the account statistics for {name}", "How many tweets and followings does {name} have? Get the user statistics.", "report the statistics of {name}"),
        new("twitter.status", 0.4, s =>
            {
                s.Do("posting_get_login_status");
                return [];
            },
            "check whether I am logged in to Twitter", "tell me my Twitter login status", "Am I signed in on Twitter?", "verify the Twitter login"),
    ];

    public static bool Login(Stage s)
    {
        if (s.Look(Api, "authenticated").Bool)
            return true;
        var (user, password) = (s.Look(Api, "username"), s.Look(Api, "password"));
        s.Do("authenticate_twitter", ("username", user), ("password", password));
        s.TellOnce("twitter user", s.OneOf(
            $"My Twitter account is '{user}' with the password '{password}'.", $"For Twitter use the username '{user}' and the password '{password}'.", $"(Twitter login: {user}, password {password})"));
        return !s.Broken;
    }

    /// <summary>Posts a tweet, perhaps with tags and mentions; the words for those.</summary>
    public static string Post(Stage s, string text)
    {
        Login(s);
        var tags = s.Rng.Chance(0.6) ? Pools.Several(s.Rng.Next(1, 3), ref s.Rng, s.Pools.Tag) : [];
        var mentions = s.Rng.Chance(0.35) ? Pools.Several(1, ref s.Rng, s.Pools.Handle) : [];
        var tagList = new PyList([.. tags.Select(t => (PyValue)t)]);
        var mentionList = new PyList([.. mentions.Select(m => (PyValue)m)]);
        var tweet = (tags.Length > 0, mentions.Length > 0) switch
        {
            (true, true) => s.Do("post_tweet", ("content", text), ("tags", tagList), ("mentions", mentionList)),
            (true, false) => s.Do("post_tweet", ("content", text), ("tags", tagList)),
            (false, true) => s.Do("post_tweet", ("content", text), ("mentions", mentionList)),
            _ => s.Do("post_tweet", ("content", text)),
        };
        s.Mention("tweet", $"{tweet["id"]}");
        var words = tags.Length == 0 ? "" : s.OneOf($" with the {(tags.Length == 1 ? "tag" : "tags")} {Phrases.List(tags)}", $", tagged {Phrases.List(tags)}");
        return mentions.Length == 0 ? words : $"{words}{(tags.Length > 0 ? " and" : "")} mentioning {mentions[0]}";
    }

    private static (string, string)[]? OnTweet(Stage s, bool login, Func<int, string, (string, string)[]> act)
    {
        var tweets = s.Dict(Api, "tweets");
        if (tweets.Count == 0)
            return null;
        if (login)
            Login(s);
        var id = s.TryLast("tweet", out var last) && s.Rng.Chance(0.7) ? int.Parse(last, null) : (int)tweets.Keys[s.Rng.Next(tweets.Count)].SmallInt;
        var said = s.Refer("tweet", $"{id}", s.OneOf($"tweet {id}", $"the tweet with the id {id}"), "that tweet", "the tweet from just now");
        return act(id, said);
    }
}
