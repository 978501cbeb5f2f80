<?php
// People by « name:password ».
$config = [
    'people' => ['exampleauth:UserPass'] + json_decode(file_get_contents(getenv('PEER_FOLDER') . '/people.json'), true),
];
