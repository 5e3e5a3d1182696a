"""Who and what the stories are about: names, kinds of heroes, homes and the things that people carry."""

from grammar import rows

GIRLS = ("Mia Anna Lily Rosa Nora Ella Ida Clara Emma Lucy Ruth Sara Lena Maya Zoe Hana Amy Tess Vera Mina Olga Iris "
         "Jane Kate Pia Nina Ada Eva Leila Dora").split()
BOYS = ("Tom Ben Max Leo Sam Jack Paul Omar Finn Hugo Adam Noah Luke Ivan Karl Peter Theo Nico Milo Otto Ravi Emil Dan "
        "Oscar Felix Tim Jonas Anton Rico Joel").split()
PETS = ("Pip Dot Bella Rusty Coco Teddy Poppy Milly Bruno Daisy Nutmeg Toby Pepper Willow Biscuit Sunny Patch Hazel "
        "Mop Button Ginger Clover Bramble Flo").split()

ADULT_KINDS = ("baker farmer teacher painter fisherman tailor gardener carpenter nurse shopkeeper clockmaker cook "
               "driver potter shoemaker miller sailor doctor librarian builder writer mechanic").split()
ANIMAL_KINDS = ("dog cat rabbit fox bear mouse duck horse goat squirrel owl frog turtle hedgehog sheep cow pig hen "
                "donkey bird goose pony monkey deer beaver mole otter").split()

QUALITIES = "kind small young quiet clever brave cheerful careful shy curious friendly patient gentle happy busy".split()
CHILD_HOMES = ["in a small village", "in a little house on a hill", "near the sea", "in a town by a river",
               "in a quiet street", "on a farm", "at the edge of a forest", "in a small town",
               "in a house with a green door", "in a big city", "close to the mountains", "next to a bakery"]
ADULT_HOMES = ["in a small village", "in a town by the sea", "in a quiet town", "near a wide river",
               "in a little house at the end of the road", "in a busy city", "in a village in the hills",
               "near the old bridge", "in a small town", "above a little shop"]
ANIMAL_HOMES = ["on a farm", "in a green forest", "near a pond", "at the edge of a wood", "by a small river",
                "in a field of tall grass", "under an old tree", "in a quiet valley", "on a hill", "in a garden"]

HELPERS = [("old woman", "she"), ("old man", "he"), ("neighbour", "she"), ("neighbour", "he"), ("farmer", "he"),
           ("gardener", "she"), ("shopkeeper", "she"), ("carpenter", "he"), ("baker", "she"), ("postman", "he"),
           ("teacher", "she"), ("sailor", "he")]
ANIMAL_HELPERS = [("old owl", "she"), ("old turtle", "he"), ("big bear", "he"), ("grey goose", "she"),
                  ("brown cow", "she"), ("old donkey", "he"), ("white horse", "she"), ("wise fox", "she"),
                  ("busy beaver", "he"), ("old badger", "he")]

# thing | colours or looks | what it is for (to ...) | what was wrong | how it was put right
CARRIED = rows("""
lantern   | red, old, small, brass         | light the path at night      | the glass was cracked        | put in a new piece of glass
kite      | red, blue, yellow, paper       | play on windy days           | the string was torn          | tied on a new string
boat      | small, blue, wooden, red       | sail on the pond             | there was a hole in the side | closed the hole with a small piece of wood
ball      | red, green, yellow, striped    | play in the garden           | the air had gone out         | closed the little hole and filled it with air
book      | old, thick, blue, little       | read before bed              | some of the pages were loose | glued the pages back in
basket    | brown, big, round, old         | carry apples home            | the handle was broken        | made a new handle out of rope
hat       | green, straw, red, warm        | keep off the sun             | there was a hole in the top  | sewed a round patch over the hole
key       | small, brass, old, silver      | open the garden gate         | it was bent                  | made it straight with a hammer
map       | old, paper, big, folded        | find the way in the hills    | it was torn in two           | put the two parts together with tape
drum      | little, red, round, wooden     | make music                   | the skin was loose           | pulled the skin tight with a cord
clock     | wooden, old, round, brass      | tell the time                | it did not tick any more     | cleaned the wheels and put in a drop of oil
bell      | silver, little, brass, old     | call everyone to dinner      | it did not ring any more     | hung a new little hammer inside it
cup       | blue, white, tin, yellow       | drink tea                    | the handle was broken        | glued the handle back on
blanket   | warm, soft, blue, thick        | keep warm at night           | it had a long tear           | sewed the tear with strong thread
coat      | warm, red, green, long         | keep warm in winter          | two buttons were missing     | sewed on two new buttons
umbrella  | yellow, black, big, blue       | stay dry in the rain         | one of its ribs was bent     | made the rib straight again
bicycle   | green, old, red, little        | ride to the market           | the chain had come off       | put the chain back on the wheel
chair     | wooden, small, old, blue       | sit by the window            | one leg was too short        | put a small piece of wood under the leg
spade     | small, iron, old, strong       | dig in the garden            | the handle was split         | made a new handle from ash wood
bucket    | tin, blue, big, old            | fetch water from the well    | it had a hole in the bottom  | closed the hole with a piece of tin
ladder    | long, wooden, light, old       | pick apples from tall trees  | one step was broken          | nailed in a new step
radio     | little, grey, old, brown       | hear music in the kitchen    | it made no sound             | put in a new battery
torch     | small, yellow, bright, strong  | see in the dark              | it did not shine             | put in a new battery
cart      | little, wooden, blue, strong   | bring wood home              | one wheel had come off       | put the wheel back on with a new pin
flute     | wooden, silver, thin, little   | play soft songs              | it was full of dust          | cleaned it with a small brush
pen       | blue, black, silver, good      | write letters                | it had no ink                | filled it with fresh ink
sled      | wooden, red, fast, little      | slide down the hill          | the rope was torn            | tied on a strong new rope
box       | wooden, small, blue, old       | keep treasures in            | the lid did not close        | put a new hinge on the lid
brush     | thin, soft, small, good        | paint pictures               | the hairs were stiff         | washed it in warm water
bag       | leather, brown, big, old       | carry books to school        | the strap was torn           | sewed the strap back on
scarf     | red, long, soft, warm          | keep the cold wind away      | it had a hole in the middle  | closed the hole with wool
lamp      | small, green, bright, old      | read in the evening          | it did not shine             | put in a new light bulb
pot       | big, iron, brown, old          | cook soup                    | the lid was lost             | made a new lid from wood
doll      | little, wooden, old, pretty    | play after school            | one arm had come off         | tied the arm back on with thread
train     | little, wooden, red, blue      | play on rainy days           | one wheel was loose          | fixed the wheel with a small screw
broom     | long, old, strong, new         | sweep the floor              | the stick was broken         | put it on a new stick
jar       | glass, small, round, big       | keep honey in                | the lid was stuck            | held the lid under warm water
mirror    | small, round, silver, old      | send light across the valley | it had a crack in it         | put in a new piece of glass
pillow    | soft, white, blue, big         | sleep well                   | the feathers were coming out | sewed up the side with white thread
whistle   | tin, silver, little, loud      | call the dog home            | it made no sound             | shook the dust out of it
""")

# what friends share at lunch
FOODS = ["bread", "apples", "cheese", "soup", "honey cake", "plums", "carrots", "nuts", "pears", "warm rolls",
         "strawberries", "pancakes"]
