* Reads every table of the bundle, labels it, and saves it as .dta in the current folder.
* Unpack the bundle, change to its folder (where README.txt is), and type: do stata/read.do
*
* Missing values keep their kinds:
*   .   missing, for no reason known      .a  not collected        .b  not in coverage
*   .c  suppressed                        .d  not linked           .e  consent withheld

version 14
clear all
set more off

capture confirm file "README.txt"
if _rc {
    display as error "change to the folder of the unpacked bundle, where README.txt is"
    exit 601
}

* A text becomes a number of this type; a kind of missing stays one.
capture program drop tally_number
program define tally_number
    args name type
    tempvar number
    quietly generate `type' `number' = real(`name')
    foreach kind in a b c d e {
        quietly replace `number' = .`kind' if `name' == ".`kind'"
    }
    order `number', after(`name')
    drop `name'
    rename `number' `name'
end

* A text becomes the place of its code in the list; the words come from a label of that name.
capture program drop tally_coded
program define tally_coded
    gettoken name 0 : 0
    tempvar number
    quietly generate int `number' = .
    local place = 0
    gettoken code 0 : 0
    while `"`code'"' != "" {
        local place = `place' + 1
        quietly replace `number' = `place' if `name' == `"`code'"'
        gettoken code 0 : 0
    }
    foreach kind in a b c d e {
        quietly replace `number' = .`kind' if `name' == ".`kind'"
    }
    order `number', after(`name')
    drop `name'
    rename `number' `name'
end

* A text stays one; why it is missing goes into a variable beside it, 0 where it is not.
capture program drop tally_text
program define tally_text
    args name kinds
    quietly generate byte `kinds' = 0
    quietly replace `kinds' = . if `name' == ""
    foreach kind in a b c d e {
        quietly replace `kinds' = .`kind' if `name' == ".`kind'"
        quietly replace `name' = "" if `name' == ".`kind'"
    }
    order `kinds', after(`name')
end
