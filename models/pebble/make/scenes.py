"""Short paragraphs without a plot: a day in somebody's life, a season, the weather, a room, a walk through town."""

import re

import knowledge as k
from grammar import say
from stories import PRONOUNS, alternatives
from words import BOYS, GIRLS

DAY = """
{Name} [gets up|wakes up] at [six|seven|half past six|eight].|{Name} is {job}. {He} gets up [early|at six|at seven].
{He} washes {his} face and brushes {his} teeth.|First {he} opens the window and looks at the sky.
For breakfast {he} has [bread and butter|an egg and some toast|a bowl of fruit|bread with honey] and a cup of [tea|coffee|milk].|{He} drinks a cup of [tea|coffee] and eats [an apple|a slice of bread|a warm roll].
Then {he} [walks|takes the bus|rides {his} bicycle|takes the train] to [work|school|the office|the shop].|At eight {he} leaves the house and [locks the door|says goodbye to the cat].
In the morning there is [much to do|a lot of work], but {he} likes it.|{He} works until noon.
At noon {he} eats lunch with [a friend|some friends|{his} colleagues].|For lunch {he} has [soup|a sandwich|rice with vegetables].
In the afternoon {he} [writes letters|talks to customers|helps a friend|learns something new|goes to the market].|After lunch {he} goes on with {his} work.
At five {he} goes home.|When the work is done, {he} goes home and feeds the [cat|dog|hens].
In the evening {he} [reads a book|cooks dinner|listens to music|plays the guitar|calls {his} sister].|After dinner {he} [washes the dishes|goes for a short walk|sits by the window].
At [ten|nine] o'clock {he} goes to bed.|Then {he} turns off the light and sleeps well.
"""
SEASONS = {
    "spring": """
It [is|was] spring.|Spring [has|had] come.
The snow [is|was] gone, and the days [are|were] getting longer.|The sun [is|was] warm again.
The first flowers [are|were] out in the garden.|There [are|were] small green leaves on the trees.
The birds [are|were] building their nests.|Bees [fly|flew] from flower to flower.
Farmers [are|were] at work in the fields.|Children [are|were] playing outside again.
""", "summer": """
It [is|was] a [hot|warm] day in summer.|It [is|was] summer, and the sky [is|was] blue.
The sun [is|was] high, and there [is|was] no cloud in the sky.|The air [is|was] still and warm.
People [sit|sat] in the shade of the trees.|Many people [are|were] at the lake.
The cherries [are|were] ripe.|The grain in the fields [is|was] yellow.
In the evening it [is|was] light for a long time.|At night you [can|could] hear the frogs.
""", "autumn": """
It [is|was] autumn.|Autumn [has|had] come to the village.
The leaves [are|were] red, yellow and brown.|The wind [blows|blew] the leaves from the trees.
There [is|was] fog over the fields in the morning.|It [rains|rained] a lot.
People [pick|picked] apples and pears.|The farmers [bring|brought] in the last of the harvest.
The birds [fly|flew] south.|Squirrels [hide|hid] their nuts for the winter.
""", "winter": """
It [is|was] a cold day in winter.|It [is|was] winter, and everything [is|was] white.
Snow [lies|lay] on the roofs and on the fields.|The pond [is|was] covered with ice.
Smoke [rises|rose] from the chimneys.|It [is|was] very quiet.
Children [build|built] a snowman in front of the house.|People [wear|wore] warm coats and scarves.
It [gets|got] dark early.|In the evening everybody [sits|sat] near the warm stove.
"""}
WALK = """
{Name} walked through the town.|{Name} went for a walk.|In the afternoon {Name} took a walk.
It was [warm|cool|windy|sunny|cloudy], and [many people were|nobody was] outside.|The air smelled of [rain|flowers|fresh bread].
First {he} passed the {p1}.|At the corner {he} saw the {p1}.
Behind it there was {a_p2} with [a red door|big windows|a green roof|a small garden].|Then {he} came to {a_p2}.
A [dog|cat] was sleeping in the sun.|Some birds were sitting on a wire.|An old man greeted {him}.
On the other side of the street, a woman was selling [flowers|apples|newspapers|ice cream].|Two children were playing with a ball.
{He} bought [an apple|a small cake|some bread|a newspaper] and sat down on a bench.|{He} stopped at the bridge and looked at the water.
Then it was time to go home.|After an hour {he} went home.|When the bells rang, {he} turned back.
"""
ROOM = """
This is {name}'s [room|kitchen|office|workshop].|{Name} has a [small|bright|quiet|big] [room|office|workshop].
There is a table [under|next to|near] the window.|In the middle there is a [round|long|heavy] table.
On the table there is {a1} and {a2}.|{A1} stands on the table.
On the wall there is a [clock|picture|map|mirror].|A [clock|picture|map] hangs on the wall.
In the corner stands {a3}.|Next to the door there is {a3}.
The floor is made of [wood|stone].|The walls are [white|yellow|light blue|green].
{Name} likes to [sit|work|read] there in the [morning|evening|afternoon].|It is a good place to [work|read|think].
"""
MEETING = """
There is a meeting on [Monday|Tuesday|Wednesday|Thursday|Friday] at [nine|ten|two|three] o'clock.|The team met at [nine|ten|two] o'clock.
It is about [the new product|the plan for the next month|the new website|the budget|a letter from a customer].|The topic is [the new office|the opening hours|the next fair|the training of new people].
{Name} will [write down the results|lead the meeting|show the numbers].|Please bring {name}'s report.
Everyone should read the report before the meeting.|Please send your questions one day before.
The meeting will take [one hour|half an hour|forty minutes].|It will not take longer than an hour.
After the meeting, there will be coffee and cake.|The notes will be sent to everyone on the same day.
"""
SMALL_THINGS = ["a lamp", "a book", "a cup", "a vase", "a radio", "a clock", "a box", "a plate", "a jar", "a candle", "a basket", "a notebook", "a computer", "a bowl"]
LARGE_THINGS = ["a chair", "a shelf", "a piano", "a ladder", "a basket full of wood", "a big plant", "a printer"]


def _stages(text, rng):
    """One alternative of every line, split at the bars outside brackets; choices of tense agree with each other."""
    return " ".join(rng.choice(alternatives(line)) for line in text.strip().splitlines())


def _tense(text, past):
    """Settles every two-way choice [present|past] the same way."""
    return re.sub(r"\[([^\[\]|]*)\|([^\[\]|]*)\]", lambda m: m.group(2) if past else m.group(1), text)


def scene(rng, which=None):
    which = which or rng.choice(["day", "day", "walk", "walk", "room", "season", "meeting"])
    she = rng.random() < 0.5
    name = rng.choice(GIRLS if she else BOYS)
    he, him, his, _, _ = PRONOUNS["she" if she else "he"]
    job = rng.choice([j[0] for j in k.JOBS if not (she and j[0] in ("fisherman", "postman"))])
    p1, p2 = rng.sample([p[0] for p in k.PLACES if p[0] in "school library bakery station museum theatre restaurant hotel bank mill workshop hospital post office".split()], 2)
    a1, a2 = rng.sample(SMALL_THINGS, 2)
    slots = dict(name=name, he=he, him=him, his=his, job="a " + job, p1=p1, a_p2="a " + p2, a1=a1, a2=a2, a3=rng.choice(LARGE_THINGS))
    if which == "season":
        text = _tense(_stages(SEASONS[rng.choice(list(SEASONS))].replace("[hot|warm]", "warm"), rng), rng.random() < 0.5)
    else:
        text = _stages({"day": DAY, "walk": WALK, "room": ROOM, "meeting": MEETING}[which], rng)
    return say(text, rng, **slots)
